import BSON
import EventLog
import Testing

/// Format 1, byte for byte. These bytes were made by another program from RECORD.md; if one of these tests fails,
/// records on disk become unreadable: a new format needs a new number.
@Suite struct RecordGoldenTests {
    static let full = """
        a10003001901000008070605040302017b68e5cf8b010000c869e5cf8b01000009000000000000002900000000000000
        7f792f63a15dd449b0d46225effd3cdcbf1daa84ed6b047aa6ce491d597dc44da0a1a2a3a4a5a6a7a8a9aaabacadaeaf
        050005000f000b000500030004000500370000000e0000001f0000006576742d312f73686f70757365722e7265676973
        746572656475736572732fc3a46e6e656b65793a37616461636f7272636175736530302d306166373635313931366364
        34336464383434386562323131633830333139632d623761643662373136393230333333312d30310e00000010776173
        0003000000001f000000026e616d6500040000004164610010706f696e74730007000000008b0f44a8
        """
    static let fullLeaf = "ddbc4bdec4ddcc2d96d26ac524815b699519a84cd5762a8382412782a72e8ba5"

    /// No text but the required, empty data, times at the edge.
    static let smallest = """
        a1000100880000000100000000000000ffffffffffffffff000000000000000001000000000000000000000000000000
        000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
        010001000100000000000000000000000000000000000000050000003173740500000000a87af5d0
        """
    static let smallestLeaf = "6059345b409164a13434fd83119871e6643e9bc1e297d8940b5bf2c70fd0b8cb"

    static let fullDraft = {
        var draft = EventDraft(
            id: "evt-1", source: "/shop", type: "user.registered", schemaVersion: 3, subject: "users/\u{E4}nne",
            time: DateTime(milliseconds: 1_700_000_000_123), data: ["name": "Ada", "points": 7],
            requestKey: testKeys.key(source: "/shop", id: "evt-1"),
            requestDigest: testKeys.digest(of: Array("part one".utf8), Array("part two".utf8)), principal: "key:7",
            actor: "ada", correlationID: "corr", causationID: "cause",
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", corrects: 41)
        draft.personKeyID = [UInt8](0xA0..<0xB0).withUnsafeBytes { Digest16($0) }
        return draft
    }()
    static let resolved: Document = ["was": 3]

    static func encodeFull() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try resolved.bytes.withUnsafeBytes { resolved in
            _ = try RecordEncoder.encode(
                fullDraft, position: 0x0102_0304_0506_0708, recordedTime: DateTime(milliseconds: 1_700_000_000_456),
                streamVersion: 9, resolved: resolved, into: &bytes)
        }
        return bytes
    }

    @Test func encodesFull() throws {
        let bytes = try Self.encodeFull()
        #expect(hex(bytes) == Self.full.filter { !$0.isWhitespace })
        let leaf = try bytes.withUnsafeBytes { RecordEncoder.leaf(of: try Record(validating: $0)) }
        #expect(leaf.description == Self.fullLeaf)
    }

    @Test func encodesSmallest() throws {
        let draft = EventDraft(
            id: "1", source: "s", type: "t", subject: "", time: DateTime(milliseconds: -1), data: [:],
            requestKey: .zero, requestDigest: .zero)
        var bytes: [UInt8] = [0xEE]
        let range = try RecordEncoder.encode(
            draft, position: 1, recordedTime: DateTime(milliseconds: 0), streamVersion: 1, into: &bytes)
        #expect(range == 1..<137)
        #expect(hex(bytes) == "ee" + Self.smallest.filter { !$0.isWhitespace })
        try bytes[range].withUnsafeBytes { raw in
            let record = try Record(validating: raw)
            #expect(record.leaf.description == Self.smallestLeaf)
            #expect(record.resolved == nil)
            #expect(record.corrects == nil)
            #expect(record.personKeyID == nil)
            #expect(record.time.milliseconds == -1)
            #expect(record.subject == "" && record.traceparent == "")
            #expect(record.id == "1" && record.source == "s" && record.type == "t")
            #expect(record.data.byteCount == 5)
        }
    }

    @Test func decodesFull() throws {
        try bytes(hex: Self.full).withUnsafeBytes { raw in
            let record = try Record(validating: raw)
            #expect(record.position == 0x0102_0304_0506_0708)
            #expect(record.time.milliseconds == 1_700_000_000_123)
            #expect(record.recordedTime.milliseconds == 1_700_000_000_456)
            #expect(record.streamVersion == 9)
            #expect(record.schemaVersion == 3)
            #expect(record.corrects == 41)
            #expect(record.requestKey.description == "7f792f63a15dd449b0d46225effd3cdc")
            #expect(record.requestDigest.description == "bf1daa84ed6b047aa6ce491d597dc44d")
            #expect(record.personKeyID?.description == "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
            #expect(record.id == "evt-1")
            #expect(record.source == "/shop")
            #expect(record.type == "user.registered")
            #expect(record.subject == "users/\u{E4}nne")
            #expect(record.principal == "key:7")
            #expect(record.actor == "ada")
            #expect(record.correlationID == "corr")
            #expect(record.causationID == "cause")
            #expect(record.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            #expect(Array(record.typeUTF8) == Array("user.registered".utf8))
            #expect(Document(copying: record.data) == ["name": "Ada", "points": 7])
            #expect(record.resolved.map { Document(copying: $0) } == Self.resolved)
            #expect(record.leaf.description == Self.fullLeaf)
        }
    }

    @Test func storedRecordKeepsTheBytes() throws {
        let stored = try StoredRecord(validating: bytes(hex: Self.full))
        #expect(stored.withRecord { $0.id } == "evt-1")
        #expect(throws: RecordError.self) { try StoredRecord(validating: Array(stored.bytes.dropLast())) }
    }

    @Test func refusesWhatARecordCannotHold() throws {
        var draft = Self.fullDraft
        var bytes: [UInt8] = [1, 2, 3]
        draft.actor = String(repeating: "a", count: 65_536)
        #expect(throws: RecordError.tooLong(field: "actor", byteCount: 65_536, limit: 65_535)) {
            try RecordEncoder.encode(
                draft, position: 1, recordedTime: DateTime(milliseconds: 0), streamVersion: 1, into: &bytes)
        }
        draft.actor = String(repeating: "a", count: 65_535)
        #expect(throws: RecordError.notADocument(field: "resolved")) {
            try [UInt8](repeating: 0, count: 5).withUnsafeBytes { resolved in
                _ = try RecordEncoder.encode(
                    draft, position: 1, recordedTime: DateTime(milliseconds: 0), streamVersion: 1, resolved: resolved,
                    into: &bytes)
            }
        }
        #expect(bytes == [1, 2, 3])
        let range = try RecordEncoder.encode(
            draft, position: 1, recordedTime: DateTime(milliseconds: 0), streamVersion: 1, into: &bytes)
        #expect(try bytes[range].withUnsafeBytes { try Record(validating: $0).actor.utf8.count } == 65_535)
    }
}
