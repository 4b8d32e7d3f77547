import Crypto
import CryptoExtras
import EventLog
import Foundation
import Platform
import Schema

/// How secrets are hashed before they reach the log.
enum Secrets {
    static func hashing(_ keys: RequestKeys, rounds: Int, randomness: Randomness) -> SecretHashing {
        SecretHashing(
            password: { scrypt($0, salt: randomness.bytes(16), rounds: rounds) },
            token: { token in keys.digest(of: Array("token".utf8), Array(token.utf8)).description })
    }

    /// `$scrypt$ln=14,r=8,p=1$<salt>$<hash>`, base 64 without padding (the PHC string format).
    static func scrypt(_ password: String, salt: [UInt8], rounds: Int) -> String {
        let key: SymmetricKey
        do {
            key = try KDF.Scrypt.deriveKey(
                from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: 8,
                parallelism: 1, maxMemory: 256 << 20)
        } catch {
            // Only wrong parameters get here, and those are ours: without a hash there must be no password at all.
            preconditionFailure("scrypt refused its parameters: \(error)")
        }
        let hash = key.withUnsafeBytes { Array($0) }
        return "$scrypt$ln=\(rounds.trailingZeroBitCount),r=8,p=1$\(base64(salt))$\(base64(hash))"
    }

    /// Whether a password fits a hash that `scrypt` made.
    static func fits(_ password: String, _ hash: String) -> Bool {
        let parts = hash.split(separator: "$")
        guard parts.count == 4, parts[0] == "scrypt",
            let rounds = parts[1].split(separator: ",").first.flatMap({ Int($0.dropFirst(3)) }),
            (1...24).contains(rounds),
            let salt = Data(base64Encoded: padded(String(parts[2])))
        else { return false }
        let again = scrypt(password, salt: Array(salt), rounds: 1 << rounds)
        return again.utf8.count == hash.utf8.count && zip(again.utf8, hash.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "=", with: "")
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }
}
