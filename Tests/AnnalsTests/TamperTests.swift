import Annals
import BSON
import EventLog
import Foundation
import Schema
import Testing
import Views

/// Whoever changes one entry of any table, or one byte of the log, is found out: its kind, its collection, its key.
@Suite(.serialized, .filledOnce) struct TamperTests {
    let filled: FilledStore

    init() throws { filled = try #require(FilledStore.current, "the suite's scope made no store") }

    /// A kind of table, and what its differences are called.
    enum Place: String, CaseIterable, CustomTestStringConvertible {
        case document, index, olderPostings, state, version, formerState, stream, olderStream, request, merkle

        var testDescription: String { rawValue }

        var kind: Difference.Kind {
            switch self {
            case .document: .document
            case .index: .index
            case .olderPostings: .posting
            case .state: .state
            case .version, .formerState: .version
            case .stream, .olderStream: .stream
            case .request: .request
            case .merkle: .merkle
            }
        }

        /// The first byte of the keys that are meant.
        var lead: UInt8? {
            switch self {
            case .olderPostings: 1
            case .state: 2
            case .version: 7
            case .formerState: 8
            default: nil
            }
        }

        /// The tables where to look for an entry, each with its name in a difference.
        func tables(_ catalogue: Catalogue) -> [(table: String, name: String)] {
            func each(_ kind: String) -> [(String, String)] {
                catalogue.collections.map { ("\($0.number).0.\(kind)", $0.name) }
            }
            return switch self {
            case .document: each("documents")
            case .index: each("indexes")
            case .olderPostings, .state, .version, .formerState: each("side")
            case .stream: [("streams", "streams")]
            case .olderStream: [("stream-chunks", "stream-chunks")]
            case .request: [("requests", "requests")]
            case .merkle: [("merkle", "merkle")]
            }
        }
    }

    enum Change: String, CaseIterable, CustomTestStringConvertible {
        case changed, removed, added
        var testDescription: String { rawValue }
    }

    @Test func nothingIsFoundWhereNothingWasChanged() throws {
        #expect(try filled.differences().isEmpty)
        #expect(try filled.strayAndMissingEntries().isEmpty)
        let report = try filled.report()
        #expect(report.isSound, "\(report.differences.prefix(3))")
        #expect(report.position == UInt64(FilledStore.events) && report.viewsPosition == report.position)
    }

    @Test(arguments: Place.allCases, Change.allCases) func oneEntry(place: Place, change: Change) throws {
        let (table, name, entry) = try entry(place)
        var key = entry.key
        var value: [UInt8]? = entry.value
        switch change {
        case .changed: value = Self.changed(entry.value)
        case .removed: value = nil
        case .added: key[key.count - 1] ^= 0xFF
        }
        let found = try filled.tables.changing(table, key, to: value) { try filled.differences() }
        let difference = try #require(found.first)
        #expect(found.count == 1, "\(found.prefix(3))")
        #expect(difference.kind == place.kind && difference.collection == name, "\(difference)")
        let text = RawTables.Entry(key: key, value: []).keyText
        // A change that leaves no document is told by its key, as it is stored.
        let names = place == .document ? [try id(entry.value), text] : [text]
        #expect(names.contains(difference.key), "\(difference)")
        #expect((difference.live == nil) == (change == .removed))
        #expect((difference.replayed == nil) == (change == .added))
    }

    /// An entry of the kind, in the first table that has one.
    private func entry(_ place: Place) throws -> (table: String, name: String, entry: RawTables.Entry) {
        for (table, name) in place.tables(filled.catalogue) {
            let entries = try filled.tables.entries(table).filter { place.lead == nil || $0.key.first == place.lead }
            if let entry = entries.dropFirst(entries.count / 2).first { return (table, name, entry) }
        }
        throw Missing(place: place.rawValue)
    }

    struct Missing: Error { let place: String }

    /// The last byte but one: in a document the end of its last value, whose type leaves no byte unused.
    private static func changed(_ value: [UInt8]) -> [UInt8] {
        guard value.count > 1 else { return [13] }
        var value = value
        value[value.count - 2] ^= 1
        return value
    }

    private func document(_ stored: [UInt8]) throws -> Document {
        try stored.withUnsafeBytes {
            Document(copying: try RawDocument.validated(UnsafeRawBufferPointer(rebasing: $0[(14 + Int($0[12]))...])))
        }
    }

    private func id(_ stored: [UInt8]) throws -> String? {
        try document(stored).withRaw { $0.value(named: "_id").map { JSON.string($0, style: .relaxed) } }
    }

    // MARK: Inside a document's entry

    @Test func aFieldIsNamed() throws {
        let entry = try #require(try filled.tables.entries("1.0.documents").first)
        let header = Array(entry.value[..<(14 + Int(entry.value[12]))])
        let mallory = try document(entry.value).withRaw { raw in
            let arena = Arena(chunkBytes: 4_096)
            var document = MutableDocument(copying: raw, in: arena, slack: 32)
            document.set("stats.totalMessages", Int64(1_000_000), in: arena)
            return header + document.raw.bytes
        }
        let found = try filled.tables.changing("1.0.documents", entry.key, to: mallory) { try filled.differences() }
        let difference = try #require(found.first)
        #expect(found.count == 1 && difference.kind == .document && difference.collection == "users")
        #expect(difference.field == "stats.totalMessages" && difference.live == "1000000")
    }

    /// Its version, in the header before it.
    @Test func aPostingHeaderIsComparedToo() throws {
        var entry = try #require(try filled.tables.entries("1.0.documents").first).value
        let key = try #require(try filled.tables.entries("1.0.documents").first).key
        entry[8] &+= 1
        let found = try filled.tables.changing("1.0.documents", key, to: entry) { try filled.differences() }
        #expect(found.map(\.kind) == [.posting] && found.first?.collection == "users")
    }

    /// Whatever the bytes are, they are reported and not believed.
    @Test(arguments: [0, 12, 13, 14, 40, 62, 66]) func aDocumentThatIsNone(offset: Int) throws {
        let entry = try #require(try filled.tables.entries("1.0.documents").first)
        var broken = entry.value
        broken[offset] = 0xFF
        let found = try filled.tables.changing("1.0.documents", entry.key, to: broken) {
            try filled.report().differences
        }
        let entries = found.filter { $0.kind != .root }
        #expect(entries.count == 1 && entries.first?.collection == "users", "\(found.prefix(3))")
        let cut = try filled.tables.changing("1.0.documents", entry.key, to: [1]) { try filled.report().differences }
        #expect(cut.map(\.kind) == [.document, .root] && cut.allSatisfy { $0.collection == "users" })
    }

    // MARK: Indexes against their own documents

    @Test func aMissingEntryIsMissedByTheAudit() throws {
        let (table, name, entry) = try entry(.index)
        let found = try filled.tables.changing(table, entry.key, to: nil) { try filled.strayAndMissingEntries() }
        #expect(found.contains { $0.kind == .index && $0.collection == name && $0.live == nil })
        #expect(found.contains { $0.kind == .count && $0.collection == name && $0.key == "index entries" })
    }

    @Test(arguments: [[], [UInt8(13)], [0xFF]]) func aStrayEntryIsFoundByTheAudit(value: [UInt8]) throws {
        let (table, name, entry) = try entry(.index)
        var key = entry.key
        key[key.count - 1] ^= 0xFF
        let found = try filled.tables.changing(table, key, to: value) { try filled.strayAndMissingEntries() }
        #expect(found.contains { $0.kind == .index && $0.collection == name && $0.replayed == nil })
    }

    // MARK: The table `meta`

    @Test(arguments: ["count.1.0", "count.streams"], [Change.changed, .removed])
    func aCount(key: String, change: Change) throws {
        let name = key == "count.streams" ? "streams" : "users"
        let entry = try #require(try filled.tables.entries("meta").first { $0.key == Array(key.utf8) })
        let value = change == .removed ? nil : [entry.value[0] ^ 1] + entry.value[1...]
        let found = try filled.tables.changing("meta", entry.key, to: value) { try filled.differences() }
        #expect(found.map(\.kind) == [.count] && found.first?.collection == name && found.first?.key == "documents")
    }

    /// The sum that is kept, or documents that it is not of.
    @Test func theRootOfAView() throws {
        let entry = try #require(try filled.tables.entries("meta").first { $0.key == Array("root.1.0".utf8) })
        #expect(entry.value.count == 2_048)
        for value in [entry.value.dropLast() + [entry.value[2_047] ^ 1], Array(entry.value.dropLast()), nil] {
            let found = try filled.tables.changing("meta", entry.key, to: value) { try filled.report().differences }
            #expect(found.map(\.kind) == [.root] && found.first?.collection == "users", "\(found.prefix(3))")
            #expect(found.first?.key == "stored" && found.first?.live != found.first?.replayed)
        }
        let user = try #require(try filled.tables.entries("1.0.documents").first)
        let found = try filled.tables.changing("1.0.documents", user.key, to: nil) { try filled.report().differences }
        #expect(found.map(\.kind) == [.document, .root] && found.allSatisfy { $0.collection == "users" })
        #expect(found.last?.key == "documents")
    }

    /// Position, leaf and frontier.
    @Test(arguments: [0, 8, 39, 48, -1]) func theCheckpoint(offset: Int) throws {
        let key = Array("checkpoint".utf8)
        let entry = try #require(try filled.tables.entries("meta").first { $0.key == key })
        var value = entry.value
        value[offset < 0 ? value.count - 1 : offset] ^= 1
        let found = try filled.tables.changing("meta", key, to: value) { try filled.differences() }
        #expect(found.map(\.kind) == [.checkpoint] && found.first?.key == "checkpoint", "\(found.prefix(3))")
    }

    @Test func theCheckpointRemoved() throws {
        let found = try filled.tables.changing("meta", Array("checkpoint".utf8), to: nil) { try filled.report() }
        #expect(found.differences.map(\.kind) == [.checkpoint] && found.viewsPosition == 0)
    }

    @Test func theFingerprintOfAView() throws {
        let key = Array("view.1".utf8)
        let entry = try #require(try filled.tables.entries("meta").first { $0.key == key })
        var value = entry.value
        value[5] ^= 1
        let found = try filled.tables.changing("meta", key, to: value) { try filled.report().differences }
        #expect(found.map(\.kind) == [.checkpoint])
        #expect(found.first?.collection == "users" && found.first?.key == "fingerprint")
    }

    // MARK: The log

    /// An old record, one among those that opening looks at, the last.
    @Test(arguments: [1, 40, FilledStore.events - 300, FilledStore.events]) func aByteOfTheLog(position: Int) throws {
        let key = withUnsafeBytes(of: UInt64(position).bigEndian) { Array($0) }
        let entry = try #require(try filled.tables.entries("records", in: .log).first { $0.key == key })
        for offset in [20, 130, entry.value.count - 5] {
            var value = entry.value
            value[offset] ^= 1
            let report = try filled.tables.changing("records", key, to: value, in: .log) { try filled.report() }
            #expect(report.differences.map(\.kind) == [.log] && report.differences.first?.key == "\(position)")
        }
        let gap = try filled.tables.changing("records", key, to: nil, in: .log) { try filled.report() }
        #expect(gap.differences.map(\.kind) == [.log] && gap.differences.first?.key == "\(position)")
    }
}
