import Annals
import BSON
import EventLog
import Foundation
import Synchronization
import Testing
import Views

/// The same events in the same order, whatever they shared a commit with: the same bytes in the log, and in the views.
@Suite struct BatchingTests {
    static let count = 1_500

    private struct Life {
        let store: Store
        let refused: [Int]
        let batches: Int
    }

    private func live(
        _ events: [NewEvent], _ directory: TestDirectory, requestSize: Int = 1, window: Int
    ) async throws -> Life {
        let store = try StreamFixture.store(directory.path)
        let refused = try await StreamFixture.append(events, to: store, requestSize: requestSize, window: window)
        return Life(
            store: store, refused: refused.map(\.index).sorted(),
            batches: store.metrics.batches.load(ordering: .relaxed))
    }

    private func records(_ store: Store) throws -> [[UInt8]] {
        var records: [[UInt8]] = []
        try store.log.read { (record) throws(LogError) in
            records.append(Array(record.bytes))
            return true
        }
        return records
    }

    private func expectEqual(_ a: Store, _ b: Store) throws {
        let (left, right) = (try records(a), try records(b))
        #expect(left.count == right.count)
        let first = zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }
        #expect(first == nil, "the logs differ at position \((first?.offset ?? 0) + 1)")
        let differences = try Verification(live: a.views, replayed: b.views).differences()
        #expect(differences.isEmpty, "\(differences.prefix(5))")
    }

    @Test(arguments: [21, 22] as [UInt64]) func howEventsAreBatchedLeavesNoTrace(seed: UInt64) async throws {
        let events = try StreamFixture.events(seed: seed, count: Self.count, users: 30)
        let (one, seven, large) = (TestDirectory("one"), TestDirectory("seven"), TestDirectory("large"))
        let singly = try await live(events, one, window: 1)
        let bySeven = try await live(events, seven, requestSize: 7, window: 50)
        let atOnce = try await live(events, large, requestSize: 500, window: 3)
        #expect(singly.refused.isEmpty && bySeven.refused.isEmpty && atOnce.refused.isEmpty)
        #expect(singly.batches == Self.count)
        #expect(bySeven.batches <= (Self.count + 6) / 7 && bySeven.batches > 3)
        #expect(atOnce.batches <= Self.count / 500)
        try expectEqual(singly.store, bySeven.store)
        try expectEqual(singly.store, atOnce.store)
        for life in [singly, bySeven, atOnce] { try life.store.close() }
    }

    /// A collection whose only document came and went in one commit is as one that had it between two.
    @Test func whatCameAndWentLeavesNoCount() async throws {
        func event(_ id: String, _ type: String, _ data: String) throws -> NewEvent {
            let text = #"{"specversion":"1.0","id":"\#(id)","source":"/t","type":"\#(type)","data":\#(data)}"#
            return try StreamFixture.parse(Array(text.utf8))
        }
        let author = "000000000000000000000001"
        let like = #"{"userId":"\#(author)","targetType":"post","targetId":"p1"}"#
        let events = [
            try event(
                "1", "user.registered", #"{"_id":"\#(author)","email":"a@b.example","name":"A","authMethod":"google"}"#),
            try event("2", "post.published", #"{"postId":"p1","authorId":"\#(author)","title":"T","content":"one"}"#),
            try event("3", "like.added", like), try event("4", "like.removed", like),
        ]
        let (one, four) = (TestDirectory("one"), TestDirectory("four"))
        let singly = try await live(events, one, window: 1)
        let atOnce = try await live(events, four, requestSize: 4, window: 1)
        #expect(singly.refused.isEmpty && atOnce.refused.isEmpty && singly.batches == 4 && atOnce.batches == 1)
        for life in [singly, atOnce] { try life.store.close() }
        let catalogue = singly.store.catalogue
        func counts(_ directory: TestDirectory) throws -> [String] {
            try RawTables(directory: directory.path, catalogue: catalogue).entries("meta").map(\.key)
                .map { String(decoding: $0, as: UTF8.self) }.filter { $0.hasPrefix("count.") }
        }
        _ = consume singly
        _ = consume atOnce
        #expect(try counts(one) == counts(four))
    }

    /// With events that are refused among them: no others for being in one batch with them.
    @Test func refusalsAreTheSameInAnyBatch() async throws {
        let events = try StreamFixture.events(seed: 23, count: Self.count, users: 30, errorRate: 0.08)
        let (one, large) = (TestDirectory("one"), TestDirectory("large"))
        let singly = try await live(events, one, window: 1)
        let together = try await live(events, large, window: Self.count)
        #expect(singly.refused == together.refused && singly.refused.count > 50)
        #expect(singly.batches == Int(singly.store.position))
        #expect(together.batches < singly.batches / 3, "\(together.batches) batches")
        try expectEqual(singly.store, together.store)
        for life in [singly, together] { try life.store.close() }
    }
}
