import BSON
import Platform
import Proofs

/// The checkpoints in a store's directory.
struct KeptCheckpoints: Sendable {
    private let path: String
    private let fileSystem: FileSystem

    init(directory: String, fileSystem: FileSystem) {
        path = directory + "/checkpoints"
        self.fileSystem = fileSystem
    }

    private var newestPath: String { path + "/newest" }

    func newest() throws(CheckpointError) -> SignedNote? {
        try NoteFile(path: newestPath, fileSystem: fileSystem).read().last
    }

    /// - Parameters:
    ///   - at: milliseconds; says in which file.
    ///   - files: whether it stays when the next is there.
    func keep(_ note: SignedNote, at: Int64, files: Bool) throws(CheckpointError) {
        try CheckpointError.wrapping { () throws(FileError) in
            try fileSystem.makeDirectories(path)
            if files {
                // A date in ISO 8601 begins with year and month.
                let month = "\(DateTime(milliseconds: at))".prefix(7)
                try NoteFile(path: "\(path)/\(month).notes", fileSystem: fileSystem).append(note)
            }
            try fileSystem.writeAtomically(newestPath, Array("\(note)".utf8))
        }
    }

    /// Oldest first, each once.
    func all() throws(CheckpointError) -> [SignedNote] {
        let names = try CheckpointError.wrapping { () throws(FileError) in
            try fileSystem.exists(path) ? try fileSystem.list(path) : []
        }
        var notes: [SignedNote] = []
        for name in names.filter({ $0.hasSuffix(".notes") }).sorted() {
            notes += try NoteFile(path: "\(path)/\(name)", fileSystem: fileSystem).read()
        }
        if let newest = try newest(), notes.last != newest { notes.append(newest) }
        return notes
    }
}
