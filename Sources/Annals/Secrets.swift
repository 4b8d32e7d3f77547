import EventLog
import Platform
import Schema

/// How secrets are hashed before they reach the log, and compared later.
enum Secrets {
    static func hashing(_ keys: RequestKeys, rounds: Int, randomness: Randomness) -> SecretHashing {
        SecretHashing(
            password: { ScryptHash($0, salt: randomness.bytes(16), rounds: rounds).description },
            token: { token in keys.digest(of: Array("token".utf8), Array(token.utf8)).description })
    }

    /// Whether a password fits one of these hashes. All are tried, and where there is none, or nothing is asked, as much is
    /// done for nothing: time tells neither which one fits nor whether there is any.
    static func fits(_ password: String, anyOf hashes: [String], rounds: Int) throws(SecretError) -> Bool {
        guard !hashes.isEmpty, !password.isEmpty else {
            _ = ScryptHash("nobody", salt: [UInt8](repeating: 0, count: 16), rounds: rounds)
            return false
        }
        var isFound = false
        var unsupported: SecretError?
        for hash in hashes {
            do throws(SecretError) {
                isFound = try ScryptHash(hash).fits(password) || isFound
            } catch { unsupported = error }
        }
        if let unsupported, !isFound { throw unsupported }
        return isFound
    }

    /// In a time that depends on the lengths alone.
    static func isEqual(_ a: some Swift.Collection<UInt8>, _ b: some Swift.Collection<UInt8>) -> Bool {
        a.count == b.count && zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
