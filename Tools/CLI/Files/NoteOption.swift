import Annals
import ArgumentParser
import Platform
import Proofs

/// Signed checkpoints, and proofs, from files that people give.
enum NoteOption {
    /// All notes of a file.
    static func notes(_ path: String) throws -> [SignedNote] {
        guard try FileSystem.system.exists(path) else { throw Failure(.noInput, "there is no file \(path)") }
        let notes = try NoteFile(path: path).read()
        guard !notes.isEmpty else { throw Failure(.badData, "there is no checkpoint in \(path)") }
        return notes
    }

    /// Of a file with several, the one over `size` events; else the newest.
    static func note(_ path: String, size: UInt64) throws -> SignedNote {
        let notes = try notes(path)
        let fitting = try notes.last { note in try LogCheckpoint(note).size == size }
        return fitting ?? notes[notes.count - 1]
    }

    /// What the newest of a file says.
    static func newest(_ path: String) throws -> LogCheckpoint {
        let notes = try notes(path)
        return try LogCheckpoint(notes[notes.count - 1])
    }

    static func key(_ text: String) throws -> NoteKey {
        do throws(ProofError) { return try NoteKey(text) } catch { throw ValidationError("\(error)") }
    }
}
