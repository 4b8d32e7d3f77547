/// Why a question about a secret has no answer. Says nothing of the secret itself.
public enum SecretError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The collection has no such secret, or no index that would find it.
    case notDeclared(String)
    /// The password was hashed elsewhere, in a way that cannot be checked here.
    case unsupportedHash(kind: String)
    /// Too many slow hashes are waiting.
    case busy

    public var description: String {
        switch self {
        case .notDeclared(let what): what
        case .unsupportedHash(let kind):
            "the stored hash is \(kind), made elsewhere and not to be checked here; have it checked where it was made, or "
                + "append a new password"
        case .busy: "too many passwords are being checked; try again in a moment"
        }
    }
}
