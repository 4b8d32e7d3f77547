import EventLog
import Platform
import Schema

/// Since which position each collection has been folded as it is declared today, as far as this directory knows: the file
/// DIR/projectors, a line for each, of number, fingerprint and position. Beside the views, which are thrown away.
///
/// A directory that is older than the file knows of none before its first opening with it.
struct ProjectorDates: Sendable {
    private var lines: [UInt16: (fingerprint: String, since: UInt64)] = [:]

    /// Notes what is new since the last opening. `position`: the log's end.
    init(directory: String, _ catalogue: Catalogue, at position: UInt64, _ fileSystem: FileSystem) throws(FileError) {
        let path = directory + "/projectors"
        if try fileSystem.exists(path) { read(try fileSystem.readWhole(path)) }
        var isNew = false
        for model in catalogue.collections {
            let fingerprint = Self.text(model.fingerprint)
            guard lines[model.number.rawValue]?.fingerprint != fingerprint else { continue }
            lines[model.number.rawValue] = (fingerprint, position)
            isNew = true
        }
        if isNew { try fileSystem.writeAtomically(path, bytes) }
    }

    /// 0 where it always was.
    func since(_ model: CollectionModel) -> UInt64 { lines[model.number.rawValue]?.since ?? 0 }

    private mutating func read(_ bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let number = UInt16(words[0]), let since = UInt64(words[2]) else { continue }
            lines[number] = (String(words[1]), since)
        }
    }

    private var bytes: [UInt8] {
        let text = lines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.fingerprint) \($0.value.since)\n" }
        return Array(text.joined().utf8)
    }

    private static func text(_ fingerprint: [UInt8]) -> String {
        fingerprint.withUnsafeBytes { $0.count == Digest32.byteCount ? "\(Digest32($0))" : "" }
    }
}
