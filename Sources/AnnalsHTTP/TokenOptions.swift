internal import BSON
public import Platform

/// Whose JSON Web Tokens are taken in place of a key. Which algorithm a key is for is fixed by the key; what a token says of
/// it must be the same.
public struct TokenOptions: Sendable {
    /// `iss` of every token.
    public let issuer: String
    /// `aud` of every token: this service.
    public let audience: String
    /// How far the clocks of issuer and server may be apart.
    public var leewaySeconds: Int64 = 60
    let keys: [TokenKey]

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// `keySet`: a file with a JSON Web Key Set (RFC 7517). Keys for other algorithms than EdDSA (Ed25519), ES256 and RS256
    /// are left out.
    public init(
        issuer: String, audience: String, keySet path: String, fileSystem: FileSystem = .system
    ) throws(Failure) {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try fileSystem.readWhole(path) } catch { throw Failure(description: "\(error)") }
        let set: Document
        do throws(JSONError) { set = try JSON.parse(bytes, extended: false) } catch {
            throw Failure(description: "\(path) is no JSON: \(error)")
        }
        guard case .array(let elements)? = set["keys"] else {
            throw Failure(description: "\(path) is no key set: it has no array `keys`")
        }
        guard !issuer.isEmpty, !audience.isEmpty else {
            throw Failure(description: "an issuer and an audience must be named, or anybody's tokens would do")
        }
        keys = elements.compactMap { if case .document(let key) = $0 { TokenKey(key) } else { nil } }
        guard !keys.isEmpty else { throw Failure(description: "\(path) has no key for EdDSA, ES256 or RS256") }
        self.issuer = issuer
        self.audience = audience
    }
}
