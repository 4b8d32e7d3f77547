import BSON
import Query
import Testing

/// Reading on under later snapshots.
@Suite struct CursorTests {
    let store: ThingStore
    let documents: [Document]

    init() throws {
        var generator = ThingGenerator(seed: 17)
        documents = generator.documents(120)
        store = try ThingStore(documents)
    }

    /// Documents come in between batches, before and behind where the cursor stands; those that were there come once.
    @Test(
        arguments: [
            [:], ["createdAt": -1], ["status": 1, "createdAt": 1], ["rank": 1, "_id": 1], ["flag": 1], ["title": 1],
            ["tags": 1], ["_id": -1],
        ] as [Document])
    func nothingIsLostOrTwice(sort: Document) throws {
        let filters: [Document] = [
            [:], ["status": ["$in": ["new", "active"]]], ["tags": ["$in": ["red", "blue", "green"]]],
            ["$or": [["code": ["$lt": "code5"]], ["owner": ThingGenerator.owners[1]]]],
        ]
        for filter in filters {
            let store = try ThingStore(documents)
            var generator = ThingGenerator(seed: 99)
            let find = try Find(store.model, filter: filter, sort: sort)
            let expected = try store.rows(find).map { $0["_id"] ?? .null }
            var found: [Value] = []
            var cursor: FindCursor?
            var next = 1_000
            repeat {
                let (rows, following) = try store.batch(find, 7, after: cursor)
                found += rows.map { $0["_id"] ?? .null }
                #expect(rows.count <= 7)
                cursor = try following.map { try FindCursor($0.text) }
                try store.insert((0..<3).map { generator.document(next + $0) })
                next += 3
            } while cursor != nil && next < 3_000
            let old = found.filter { Set(expected).contains($0) }
            #expect(Set(found).count == found.count)
            #expect(Set(old) == Set(expected), "\(filter.pairs)")
        }
    }

    /// What names its `_id`s is walked from one to the next, either way.
    @Test(arguments: [1, -1] as [Int32], [1, 2]) func namedIdsComeOnce(direction: Int32, size: Int) throws {
        let ids = documents.prefix(5).map { $0["_id"] ?? .null }
        let find = try Find(store.model, filter: ["_id": ["$in": .array(ids)]], sort: ["_id": .int32(direction)])
        let expected = try store.rows(find).map { $0["_id"] ?? .null }
        #expect(expected.count == 5)
        var found: [Value] = []
        var cursor: FindCursor?
        repeat {
            let (rows, next) = try store.batch(find, size, after: cursor)
            found += rows.map { $0["_id"] ?? .null }
            cursor = next
        } while cursor != nil && found.count < 20
        #expect(found == expected)
    }

    @Test func skipAndLimitHoldOverAllBatches() throws {
        let find = try Find(store.model, filter: [:], sort: ["createdAt": 1, "_id": 1], skip: 5, limit: 30)
        let expected = try store.rows(find)
        var found: [Document] = []
        var cursor: FindCursor?
        repeat {
            let (rows, next) = try store.batch(find, 8, after: cursor)
            found += rows
            cursor = next
        } while cursor != nil
        #expect(found == expected)
    }

    @Test func theLastBatchSaysSo() throws {
        let find = try Find(store.model, filter: [:], limit: 20)
        let (_, cursor) = try store.batch(find, 20)
        #expect(cursor == nil)
        #expect(try store.batch(Find(store.model), 121).cursor == nil)
        let (_, end) = try store.batch(Find(store.model), 120)
        #expect(try store.batch(Find(store.model), 120, after: end) == ([], nil))
        #expect(try store.batch(Find(store.model, filter: ["code": "none"]), 5).cursor == nil)
    }

    @Test func aConsistentCursorKeepsToItsViewsOrFails() throws {
        let store = try ThingStore(documents)
        let (_, first) = try store.batch(Find(store.model), 10, isConsistent: true)
        let cursor = try #require(first)
        #expect(cursor.position == 120)
        let (_, second) = try store.batch(Find(store.model), 10, after: cursor)
        var generator = ThingGenerator(seed: 3)
        try store.insert([generator.document(5_000)])
        #expect { try store.batch(Find(store.model), 10, after: second) } throws: {
            ($0 as? QueryError)?.kind == .cursorLost
        }
    }

    @Test func aCursorBelongsToItsQuery() throws {
        let (_, cursor) = try store.batch(Find(store.model, filter: ["flag": true], sort: ["rank": 1]), 3)
        let others: [Find] = [
            try Find(store.model, filter: ["flag": false], sort: ["rank": 1]),
            try Find(store.model, filter: ["flag": true], sort: ["rank": -1]),
            try Find(store.model, filter: ["flag": true], sort: ["rank": 1], limit: 9),
        ]
        for other in others {
            #expect { try store.batch(other, 3, after: cursor) } throws: { ($0 as? QueryError)?.kind == .badCursor }
        }
        #expect(throws: QueryError.self) { try store.batch(Find(store.model), 0) }
    }

    /// Whatever is given back in a cursor's place is refused, or is some place in the same query.
    @Test func textOfOthersIsNotTrusted() throws {
        let find = try Find(store.model, filter: ["status": "active"], sort: ["createdAt": 1])
        let (_, cursor) = try store.batch(find, 3)
        let text = try #require(cursor?.text)
        #expect(try FindCursor(text) == cursor)
        #expect(text.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") })
        var random = SplitMix64(seed: 5)
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = Array(text.utf8)
            switch random.below(3) {
            case 0: bytes.removeLast(1 + random.below(bytes.count))
            case 1: bytes[random.below(bytes.count)] = UInt8(random.below(128))
            default: for _ in 0..<8 { bytes[random.below(bytes.count)] = UInt8(ascii: "A") + UInt8(random.below(26)) }
            }
            do {
                let forged = try FindCursor(String(decoding: bytes, as: UTF8.self))
                _ = try store.batch(find, 3, after: forged)
            } catch let error as QueryError {
                #expect(error.kind == .badCursor || error.kind == .cursorLost)
                refused += 1
            }
        }
        #expect(refused > 1_000)
        for wrong in ["", "A", "====", "AAAA", String(repeating: "A", count: 2 << 20)] {
            #expect(throws: QueryError.self) { try FindCursor(wrong) }
        }
    }

    @Test func aCursorHoldsNoSecret() throws {
        let (_, cursor) = try store.batch(Find(store.model, filter: [:], sort: ["flag": 1]), 3)
        let text = try #require(cursor?.text)
        #expect(text.count < 400)
    }
}
