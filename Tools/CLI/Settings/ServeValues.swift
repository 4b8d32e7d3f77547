import AnnalsHTTP
import Foundation
import Logging
import Platform

/// The settings of `annals serve`, each as what it is, with the files that they name read: all that can be told before the
/// store is opened.
struct ServeValues {
    let http: Endpoint
    let checkpointSinks: String
    let checkpointSeconds: Int
    let readSeconds: Double
    let limits: DoorLimits.Resolved
    let logFormat: ServeCommand.LogFormat
    let logLevel: Logger.Level
    let checkKey: CheckKey?
    let tls: TLSIdentity?
    let tokens: TokenOptions?

    /// - Throws: the first value that makes no sense, and where it is from; a file that cannot be used.
    init(_ settings: Settings) throws {
        checkpointSinks = settings.text(.checkpointSinks) ?? ""
        checkpointSeconds = try settings.value(.checkpointSeconds) { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
        readSeconds = try settings.value(.readSeconds) { Double($0).flatMap { $0 > 0 && $0 <= 3_600 ? $0 : nil } }
        limits = try DoorLimits.Resolved(settings)
        http = try settings.value(.http) { Endpoint(argument: $0) }
        logFormat = try settings.value(.logFormat) { ServeCommand.LogFormat(rawValue: $0) }
        logLevel = try settings.value(.logLevel) { Logger.Level(rawValue: $0) }
        checkKey = try Self.checkKey(settings)
        tls = try Self.tls(settings)
        tokens = try Self.tokens(settings)
    }

    private static func tls(_ settings: Settings) throws -> TLSIdentity? {
        switch (settings.text(.tlsCertificate), settings.text(.tlsKey)) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            do throws(TLSIdentity.Failure) { return try TLSIdentity(certificatePath: certificate, keyPath: key) } catch
            {
                throw Failure(.configuration, "\(error)")
            }
        default: throw Failure(.usage, "--tls-certificate and --tls-key belong together")
        }
    }

    private static func tokens(_ settings: Settings) throws -> TokenOptions? {
        switch (settings.text(.keySet), settings.text(.issuer), settings.text(.audience)) {
        case (nil, nil, nil): return nil
        case (let path?, let issuer?, let audience?):
            do throws(TokenOptions.Failure) {
                return try TokenOptions(issuer: issuer, audience: audience, keySet: path)
            } catch { throw Failure(.configuration, "\(error)") }
        default: throw Failure(.usage, "--jwks, --issuer and --audience belong together")
        }
    }

    /// The key of the questions about secrets, if there is one.
    private static func checkKey(_ settings: Settings) throws -> CheckKey? {
        let text: String
        let source: String
        if let given = settings.text(.checkKey) {
            (text, source) = (given, "ANNALS_CHECK_KEY")
        } else if let path = settings.text(.checkKeyFile) {
            guard let status = try FileSystem.system.status(path) else {
                throw Failure(.noInput, "there is no \(path)")
            }
            guard status.permissions & 0o077 == 0 else {
                throw Failure(.usage, "others may read \(path): chmod 600 it")
            }
            (text, source) = (String(decoding: try FileSystem.system.readWhole(path), as: UTF8.self), path)
        } else {
            return nil
        }
        guard let key = CheckKey(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure(
                .usage,
                "the check key in \(source) must be \(CheckKey.fewestCharacters) characters or more, without white space; "
                    + "`openssl rand -hex 32` makes one")
        }
        return key
    }
}
