import EventLog
import Platform
import Schema

/// The keys that a batch is about to destroy, written before its events are: so that a crash between the two loses
/// neither the event nor the erasure. Lines of position and key id; empty between erasures.
struct ErasingFile: Sendable {
    struct Entry: Sendable {
        let position: UInt64
        let keyID: Digest16

        /// Whether the record is the event that erases the key.
        func isErased(by record: Record) -> Bool {
            guard let resolved = record.resolved else { return false }
            var found = false
            Erasure.forEach(in: resolved) { erasure in
                found = found || erasure.keyID.withUnsafeBytes { Digest16($0) } == keyID
            }
            return found
        }
    }

    private let path: String
    private let fileSystem: FileSystem

    init(directory: String, fileSystem: FileSystem) {
        path = directory + "/keys/erasing"
        self.fileSystem = fileSystem
    }

    func read() throws(FileError) -> [Entry] {
        guard try fileSystem.exists(path) else { return [] }
        let text = String(decoding: try fileSystem.readWhole(path), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let position = UInt64(words[0]), let keyID = Digest16(hex: String(words[1])) else {
                return nil
            }
            return Entry(position: position, keyID: keyID)
        }
    }

    /// Keys of erasures that a crash cut short, whose events are in the log.
    func pending(_ log: EventLog) throws(StoreError) -> [Digest16] {
        let entries: [Entry]
        do throws(FileError) { entries = try read() } catch { throw .file(error) }
        var keys: [Digest16] = []
        do throws(LogError) {
            let snapshot = try log.snapshot()
            for entry in entries where try snapshot.record(at: entry.position).map({ entry.isErased(by: $0) }) == true {
                keys.append(entry.keyID)
            }
        } catch { throw .log(error) }
        return keys
    }

    func write(_ entries: [Entry]) throws(FileError) {
        let text = entries.map { "\($0.position) \($0.keyID)\n" }.joined()
        try fileSystem.writeAtomically(path, Array(text.utf8))
    }

    func clear() throws(FileError) { try fileSystem.writeAtomically(path, []) }
}
