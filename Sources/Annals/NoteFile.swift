public import Platform
public import Proofs

/// A file of notes, one after the other, an empty line after each.
public struct NoteFile: Sendable {
    public let path: String
    private let fileSystem: FileSystem
    /// A year of checkpoints and more.
    static let mostBytes = 256 << 20

    public init(path: String, fileSystem: FileSystem = .system) {
        self.path = path
        self.fileSystem = fileSystem
    }

    /// Flushed to the device.
    public func append(_ note: SignedNote) throws(FileError) {
        let end = try fileSystem.status(path)?.byteCount ?? 0
        try fileSystem.overwrite(path, end, Array("\(note)\n".utf8))
    }

    /// All of them; none where there is no file.
    public func read() throws(CheckpointError) -> [SignedNote] {
        let bytes = try CheckpointError.wrapping { () throws(FileError) -> [UInt8]? in
            guard let status = try fileSystem.status(path) else { return [] }
            return status.byteCount > Self.mostBytes ? nil : try fileSystem.readWhole(path)
        }
        guard let bytes else { throw .tooLarge(path: path) }
        do throws(ProofError) { return try SignedNote.all(in: bytes) } catch { throw .unreadable(path: path, error) }
    }
}
