internal import Crypto
public import Platform

/// The key that wraps the keys of persons. Without it their data in the log is lost.
public struct MasterKey: Sendable {
    let key: SymmetricKey

    public static let byteCount = 32

    /// `bytes`: 32 of them.
    public init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "the master key is 32 bytes")
        key = SymmetricKey(data: bytes)
    }

    /// From 64 hex digits; `nil` where they are not.
    public init?(hex: String) {
        guard let bytes = HexText.bytes(hex, count: Self.byteCount) else { return nil }
        self.init(bytes)
    }

    /// Reads the key file: 32 bytes, readable by its owner alone; `nil` where there is none.
    /// - Throws: ``KeyRingError/masterKeyFile(path:problem:)``, ``KeyRingError/file(_:)``.
    public init?(path: String, fileSystem: FileSystem) throws(KeyRingError) {
        let status = try KeyRingError.wrapping { () throws(FileError) in try fileSystem.status(path) }
        guard let status else { return nil }
        guard status.permissions & 0o077 == 0 else {
            throw .masterKeyFile(path: path, problem: "others may read it: chmod 600 it")
        }
        let bytes = try KeyRingError.wrapping { () throws(FileError) in try fileSystem.readWhole(path) }
        guard bytes.count == Self.byteCount else {
            throw .masterKeyFile(
                path: path, problem: "it has \(bytes.count) bytes where \(Self.byteCount) are expected")
        }
        self.init(bytes)
    }
}

/// Why keys of persons cannot be had.
public enum KeyRingError: Error, Sendable, CustomStringConvertible {
    case file(FileError)
    case masterKeyFile(path: String, problem: String)
    /// The ring was made with another master key.
    case wrongMasterKey(ring: String)
    case damaged(path: String, problem: String)
    /// The ring has no such key: it is not the ring of this log, or an older copy of it.
    case missingKey(Digest16)
    /// The ring has it, and it does not unwrap.
    case damagedKey(Digest16)
    /// Sealed bytes that do not open with their key: they were altered.
    case damagedSeal

    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .masterKeyFile(let path, let problem): "the master key \(path): \(problem)"
        case .wrongMasterKey(let ring): "\(ring) was made with another master key: give the one it was made with"
        case .damaged(let path, let problem): "\(path) is damaged: \(problem); put it back from a backup"
        case .missingKey(let id):
            "keys/ring has no key \(id): it is not the ring of this log, or an older copy; put the newest back"
        case .damagedKey(let id):
            "the key \(id) in keys/ring is damaged: it does not unwrap; put the newest ring back from a backup"
        case .damagedSeal: "sealed data does not open with its key: it was altered"
        }
    }
}

extension KeyRingError {
    static func wrapping<R>(_ body: () throws(FileError) -> R) throws(KeyRingError) -> R {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }
}
