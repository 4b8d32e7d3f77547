public import Platform

/// The keyed hashes by which a request is known again: see RECORD.md.
///
/// Keyed, so that the index of keys and the digests in the log tell nothing about low-entropy content to someone who
/// has only the files; the key lies outside the environments. Losing it loses idempotency towards earlier requests,
/// nothing else.
public struct RequestKeys: Sendable {
    private let key: HashKey

    public static let keyByteCount = 32

    /// Takes the key as given: for tests, or a key kept in another place.
    public init(key: [UInt8]) {
        precondition(key.count == Self.keyByteCount, "the key is 32 bytes")
        self.key = HashKey(key)
    }

    /// Reads the key file; makes it (0600, from `randomness`) if it is missing and that is allowed.
    ///
    /// `createIfMissing`: true only while the log is empty: a new key for an old log would take every
    ///   repeated request for a new one.
    /// - Throws: ``LogError/requestKeyFile(path:problem:)``, ``LogError/file(_:)``.
    public init(
        path: String, createIfMissing: Bool, fileSystem: FileSystem = .system, randomness: Randomness = .system
    ) throws(LogError) {
        let found = try Self.read(path, fileSystem)
        let bytes = found ?? randomness.bytes(Self.keyByteCount)
        guard bytes.count == Self.keyByteCount else {
            throw .requestKeyFile(path: path, problem: "it has \(bytes.count) bytes where 32 are expected")
        }
        if found == nil {
            guard createIfMissing else {
                throw .requestKeyFile(path: path, problem: "it is missing: put it back from a backup")
            }
            do throws(FileError) {
                try fileSystem.writeAtomically(path, bytes)
            } catch {
                throw .file(error)
            }
        }
        self.init(key: bytes)
    }

    private static func read(_ path: String, _ fileSystem: FileSystem) throws(LogError) -> [UInt8]? {
        let status: FileStatus?
        let bytes: [UInt8]
        do throws(FileError) {
            status = try fileSystem.status(path)
            bytes = status == nil ? [] : try fileSystem.readWhole(path)
        } catch {
            throw .file(error)
        }
        guard let status else { return nil }
        guard status.permissions & 0o077 == 0 else {
            throw .requestKeyFile(path: path, problem: "others may read it: chmod 600 it")
        }
        return bytes
    }

    /// The idempotency key of (source, id).
    public func key(source: String, id: String) -> Digest16 {
        var hash = RequestHash(key: key, purpose: 0x01)
        hash.add(source)
        hash.add(id)
        return hash.finish()
    }

    /// What tells a text that was given out, to come back with the same `context`, from any other text.
    public func seal(_ text: String, for context: [UInt8]) -> Digest16 {
        var hash = RequestHash(key: key, purpose: 0x03)
        hash.add(text)
        context.withUnsafeBytes { hash.add($0) }
        return hash.finish()
    }

    /// The digest of a request's parts, in an order that the caller keeps for ever.
    public func digest(of parts: [UInt8]...) -> Digest16 {
        var hash = digest()
        for part in parts { part.withUnsafeBytes { hash.add($0) } }
        return hash.finish()
    }

    /// Begins a digest to which parts are added one by one.
    public func digest() -> RequestHash {
        RequestHash(key: key, purpose: 0x02)
    }
}
