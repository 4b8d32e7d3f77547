import BSON
import EventLog
import Glibc
import Platform

/// Up to where a log was verified, and what is needed to go on from there.
struct VerifiedPlace: Sendable, Hashable {
    var frontier: MerkleFrontier
    /// The last record's.
    var leaf: Digest32
    /// Its recorded time, milliseconds.
    var newest: Int64
    /// Checkpoints up to there that the log led to: size and root.
    var held: [UInt64: Digest32]
}

/// The same in a file, replaced as a whole: a line of JSON and a line with its SHA-256. What does not read as one counts as
/// none, and all is verified.
struct VerifiedPlaceFile {
    let path: String
    let fileSystem: FileSystem
    private static let format = "annals-verify-1"

    /// - Parameter origin: of the log that is to be verified; the place of another one is none.
    func load(_ origin: Digest16) throws(FileError) -> VerifiedPlace? {
        guard try fileSystem.exists(path) else { return nil }
        let lines = try fileSystem.readWhole(path).split(separator: UInt8(ascii: "\n"))
        guard lines.count == 2, lines[1].elementsEqual(Self.digest(lines[0]).utf8),
            let document = try? JSON.parse(Array(lines[0]), extended: false)
        else { return nil }
        return VerifiedPlace(document, origin, Self.format)
    }

    func store(_ place: VerifiedPlace, _ origin: Digest16) throws(FileError) {
        var line: [UInt8] = []
        JSON.write(place.document(origin, Self.format), style: .relaxed, into: &line)
        let digest = Self.digest(line[...])
        try fileSystem.writeAtomically(path, line + Array("\n\(digest)\n".utf8))
    }

    /// All was verified.
    func remove() throws(FileError) {
        guard try fileSystem.exists(path) else { return }
        try check()
        try fileSystem.remove(path)
    }

    /// What does not begin as a file of ours is somebody's. One of ours that is damaged or cut off may go.
    ///
    /// - Throws: EEXIST.
    func check() throws(FileError) {
        guard try fileSystem.exists(path) else { return }
        let start = try fileSystem.read(path, 0, Self.beginning.count)
        guard !Self.beginning.starts(with: start) else { return }
        throw FileError(
            operation:
                "keep how far the log was verified (another file lies there: give --resume a path of its own) in",
            path: path, errno: EEXIST)
    }

    /// Of the line of JSON, whatever its version.
    private static let beginning = Array("{\"format\":\"annals-verify-".utf8)

    private static func digest(_ line: ArraySlice<UInt8>) -> String {
        "\(line.withUnsafeBytes { Digest32.hashing($0) })"
    }
}

extension VerifiedPlace {
    fileprivate func document(_ origin: Digest16, _ format: String) -> Document {
        var nodes: [UInt8] = []
        frontier.serialized.withUnsafeBytes { Base64.encode($0, into: &nodes) }
        return [
            "format": .string(format), "origin": .string("\(origin)"),
            "position": .int64(Int64(clamping: frontier.size)), "root": .string("\(frontier.root)"),
            "leaf": .string("\(leaf)"), "recordedTime": .int64(newest),
            "tree": .string(String(decoding: nodes, as: UTF8.self)),
            "checkpoints": .array(
                held.sorted { $0.key < $1.key }.map { size, root in
                    .document(["size": .int64(Int64(clamping: size)), "root": .string("\(root)")])
                }),
        ]
    }

    fileprivate init?(_ document: Document, _ origin: Digest16, _ format: String) {
        guard case .string(format)? = document["format"], case .string("\(origin)")? = document["origin"],
            case .string(let leafText)? = document["leaf"], let leaf = Digest32(hex: leafText),
            let newest = Self.number(document["recordedTime"]), case .string(let tree)? = document["tree"],
            let nodes = Array(tree.utf8).withUnsafeBytes({ Base64.decode($0) }),
            let frontier = nodes.withUnsafeBytes({ MerkleFrontier(serialized: $0) }),
            case .string("\(frontier.root)")? = document["root"], case .array(let notes)? = document["checkpoints"]
        else { return nil }
        var held: [UInt64: Digest32] = [:]
        for note in notes {
            guard case .document(let note) = note, let size = Self.number(note["size"]),
                case .string(let text)? = note["root"], let root = Digest32(hex: text)
            else { return nil }
            held[UInt64(clamping: size)] = root
        }
        self.init(frontier: frontier, leaf: leaf, newest: newest, held: held)
    }

    private static func number(_ value: Value?) -> Int64? {
        switch value {
        case .int32(let number)?: Int64(number)
        case .int64(let number)?: number
        default: nil
        }
    }
}
