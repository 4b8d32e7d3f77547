internal import NIOSSL

/// The certificate that the server shows, and its key, from PEM files.
public struct TLSIdentity: Sendable {
    let configuration: TLSConfiguration

    public struct Failure: Error, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "\(path): \(reason)" }
    }

    /// `certificatePath`: the server's certificate first, then those that lead to a root.
    public init(certificatePath: String, keyPath: String) throws(Failure) {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificatePath) } catch {
            throw Failure(path: certificatePath, reason: "no certificate in PEM can be read: \(error)")
        }
        guard !chain.isEmpty else { throw Failure(path: certificatePath, reason: "it has no certificate") }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(file: keyPath, format: .pem) } catch {
            throw Failure(path: keyPath, reason: "no private key in PEM can be read: \(error)")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        // Tells here, and not at the first connection, that the two do not belong together.
        do { _ = try NIOSSLContext(configuration: configuration) } catch {
            throw Failure(path: keyPath, reason: "it is not the key of \(certificatePath): \(error)")
        }
        self.configuration = configuration
    }
}
