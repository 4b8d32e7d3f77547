internal import NIOCore
internal import NIOSSL
public import Platform
internal import Synchronization

/// The certificate that the server shows, and its key, from PEM files; read anew where they have changed.
public final class TLSIdentity: Sendable {
    private struct Files: Equatable {
        var certificate: [UInt8]
        var key: [UInt8]
    }

    private struct Pair {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
    }

    private struct State {
        /// As last looked at, whether they were any good or not.
        var files: Files
        var shown: Pair
    }

    private let certificatePath: String
    private let keyPath: String
    private let fileSystem: FileSystem
    private let state: Mutex<State>

    public struct Failure: Error, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "\(path): \(reason)" }
    }

    /// `certificatePath`: the server's certificate first, then those that lead to a root.
    public init(certificatePath: String, keyPath: String, fileSystem: FileSystem = .system) throws(Failure) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.fileSystem = fileSystem
        let files = Files(
            certificate: try Self.read(certificatePath, fileSystem), key: try Self.read(keyPath, fileSystem))
        state = Mutex(State(files: files, shown: try Self.pair(files, certificatePath, keyPath)))
    }

    /// Looks at the files. What they hold now is shown to connections that begin later; where it is no good, what was shown
    /// before still is.
    ///
    /// `isForced`: also where they have not changed since they were last looked at.
    /// - Returns: whether they were read anew.
    /// - Throws: what is wrong with them.
    @discardableResult
    public func reload(isForced: Bool = false) throws(Failure) -> Bool {
        let files = Files(
            certificate: try Self.read(certificatePath, fileSystem), key: try Self.read(keyPath, fileSystem))
        let isNew = state.withLock { state in
            defer { state.files = files }
            return state.files != files
        }
        guard isNew || isForced else { return false }
        let pair = try Self.pair(files, certificatePath, keyPath)
        state.withLock { $0.shown = pair }
        return true
    }

    private static func read(_ path: String, _ fileSystem: FileSystem) throws(Failure) -> [UInt8] {
        do throws(FileError) { return try fileSystem.readWhole(path) } catch {
            throw Failure(path: path, reason: "it cannot be read: \(error)")
        }
    }

    private static func pair(_ files: Files, _ certificatePath: String, _ keyPath: String) throws(Failure) -> Pair {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMBytes(files.certificate) } catch {
            throw Failure(path: certificatePath, reason: "no certificate in PEM can be read: \(error)")
        }
        guard !chain.isEmpty else { throw Failure(path: certificatePath, reason: "it has no certificate") }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(bytes: files.key, format: .pem) } catch {
            throw Failure(path: keyPath, reason: "no private key in PEM can be read: \(error)")
        }
        let pair = Pair(chain: chain, key: key)
        // Tells here, and not at a connection, that the two do not belong together.
        do { _ = try NIOSSLContext(configuration: configuration(pair)) } catch {
            throw Failure(path: keyPath, reason: "it is not the key of \(certificatePath): \(error)")
        }
        return pair
    }

    private static func configuration(_ pair: Pair) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: pair.chain.map { .certificate($0) }, privateKey: .privateKey(pair.key))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }

    /// For the server: each handshake asks what is shown by then.
    var configuration: TLSConfiguration {
        var configuration = Self.configuration(state.withLock { $0.shown })
        configuration.sslContextCallback = { [self] _, promise in
            let pair = state.withLock { $0.shown }
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = pair.chain.map { .certificate($0) }
            override.privateKey = .privateKey(pair.key)
            promise.succeed(override)
        }
        return configuration
    }
}
