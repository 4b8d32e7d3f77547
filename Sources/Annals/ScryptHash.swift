import Crypto
import CryptoExtras
import Foundation

/// A password as it is kept: `$scrypt$ln=14,r=8,p=1$<salt>$<hash>`, base 64 without padding (the PHC string format).
struct ScryptHash: CustomStringConvertible {
    let rounds: Int
    var blockSize = 8
    var parallelism = 1
    let salt: [UInt8]
    let hash: [UInt8]

    /// Of rounds × block size × parallelism in a hash that was made elsewhere: 128 MiB, and eight times our own time.
    static let highestCost = 1 << 20

    init(_ password: String, salt: [UInt8], rounds: Int) {
        do {
            hash = try Self.derive(password, salt, rounds, 8, 1, count: 32)
        } catch {
            // Only wrong parameters get here, and those are ours: without a hash there must be no password at all.
            preconditionFailure("scrypt refused its parameters: \(error)")
        }
        self.salt = salt
        self.rounds = rounds
    }

    /// Reads a hash; says what else it is where it cannot be checked here.
    init(_ text: String) throws(SecretError) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let (log, blockSize, parallelism) = Self.parameters(parts[2]),
            let salt = Self.bytes(parts[3]), (1...64).contains(salt.count),
            let hash = Self.bytes(parts[4]), (16...64).contains(hash.count)
        else { throw .unsupportedHash(kind: Self.kind(of: text)) }
        guard (1...20).contains(log), (1...64).contains(blockSize), (1...64).contains(parallelism),
            (1 << log) * blockSize * parallelism <= Self.highestCost
        else { throw .unsupportedHash(kind: "scrypt at a cost that is not paid here") }
        rounds = 1 << log
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.hash = hash
    }

    func fits(_ password: String) throws(SecretError) -> Bool {
        do {
            return Secrets.isEqual(
                try Self.derive(password, salt, rounds, blockSize, parallelism, count: hash.count), hash)
        } catch {
            throw .unsupportedHash(kind: "scrypt with parameters that are refused")
        }
    }

    var description: String {
        "$scrypt$ln=\(rounds.trailingZeroBitCount),r=\(blockSize),p=\(parallelism)$\(Self.text(salt))$\(Self.text(hash))"
    }

    private static func derive(
        _ password: String, _ salt: [UInt8], _ rounds: Int, _ blockSize: Int, _ parallelism: Int, count: Int
    ) throws -> [UInt8] {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: count, rounds: rounds, blockSize: blockSize,
            parallelism: parallelism, maxMemory: 256 << 20
        ).withUnsafeBytes { Array($0) }
    }

    // MARK: Text

    private static func parameters(_ text: Substring) -> (log: Int, blockSize: Int, parallelism: Int)? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = zip(["ln=", "r=", "p="], parts).map { name, part in
            part.hasPrefix(name) ? Int(part.dropFirst(name.count)) : nil
        }
        guard parts.count == 3, let log = numbers[0], let blockSize = numbers[1], let parallelism = numbers[2] else {
            return nil
        }
        return (log, blockSize, parallelism)
    }

    /// In words that hold nothing of the hash.
    private static func kind(of text: String) -> String {
        if text.hasPrefix("$2") { return "bcrypt" }
        if text.hasPrefix("$argon2") { return "argon2" }
        if text.hasPrefix("$scrypt$") || text.hasPrefix("scrypt$") { return "scrypt in another form" }
        return "of an unknown kind"
    }

    private static func text(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "=", with: "")
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text + padding).map { Array($0) }
    }
}
