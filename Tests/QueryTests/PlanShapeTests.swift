import BSON
import Query
import Testing

/// Plans that do without a walk of one index: several for `$or`, keys alone, sorted intervals side by side.
@Suite struct PlanShapeTests {
    let store: ThingStore

    init() throws {
        var generator = ThingGenerator(seed: 11)
        store = try ThingStore(generator.documents(400))
    }

    // MARK: Unions

    @Test func alternativesTakeAnIndexEach() throws {
        let filter: Document = [
            "$or": [["code": ["$in": ["code3", "code5"]]], ["email": "mail5"], ["code": "code5"], ["_id": .null]]
        ]
        let explained = try store.explain(Find(store.model, filter: filter))
        #expect(Explained.stages(explained) == ["OR"])
        #expect(Explained.number(explained, "nReturned") == 2)
        #expect(Explained.number(explained, "totalDocsExamined") <= 5)
        let scanned = try store.rows(Find(store.model, filter: filter, hint: .collectionScan))
        #expect(Set(try store.rows(Find(store.model, filter: filter))) == Set(scanned))
        // One alternative without an index, and all must be looked at.
        let open: Document = ["$or": [["code": "code3"], ["flag": true]]]
        #expect(Explained.stages(try store.explain(Find(store.model, filter: open))) == ["COLLSCAN"])
    }

    @Test func alternativesWithinAFilterBindItsIndex() throws {
        let filter: Document = ["owner": ThingGenerator.owners[0], "$or": [["status": "new"], ["status": "done"]]]
        let explained = try store.explain(Find(store.model, filter: filter, hint: nil))
        #expect(Explained.number(explained, "totalDocsExamined") < 100)
        let scanned = try store.rows(Find(store.model, filter: filter, hint: .collectionScan))
        #expect(Explained.number(explained, "nReturned") == scanned.count)
    }

    // MARK: Keys alone

    @Test func keysAreEnough() throws {
        let find = try Find(
            store.model, filter: ["code": ["$regex": "^code1.$"]], projection: ["code": 1, "_id": 0])
        let explained = try store.explain(find)
        #expect(Explained.stages(explained) == ["PROJECTION_COVERED", "IXSCAN"])
        #expect(Explained.number(explained, "totalDocsExamined") == 0)
        #expect(try store.rows(find) == (0...9).map { ["code": .string("code1\($0)")] })
    }

    @Test func nullsAndCutValuesAreFetched() throws {
        let find = try Find(store.model, filter: ["title": ["$in": [nil, "a"]]], projection: ["title": 1, "_id": 0])
        let explained = try store.explain(find)
        #expect(Explained.stages(explained) == ["PROJECTION_COVERED", "IXSCAN"])
        let examined = Explained.number(explained, "totalDocsExamined")
        #expect(examined > 0 && examined < Explained.number(explained, "nReturned"))
        let long = try Find(store.model, filter: ["title": ["$gt": "long"]], projection: ["title": 1, "_id": 0])
        #expect(Explained.number(try store.explain(long), "totalDocsExamined") > 0)
        for find in [find, long] {
            var scan = find
            scan.hint = .collectionScan
            let counts = { (rows: [Document]) in Dictionary(rows.map { ($0, 1) }, uniquingKeysWith: +) }
            #expect(try counts(store.rows(find)) == counts(store.rows(scan)))
        }
    }

    /// Keys do not tell an integer from a double: what is given back is fetched.
    @Test func numbersKeepTheirForm() throws {
        let find = try Find(store.model, filter: ["rank": ["$gte": 1]], projection: ["rank": 1])
        #expect(!Explained.stages(try store.explain(find)).contains("PROJECTION_COVERED"))
        let counted = try store.explainCount(Find(store.model, filter: ["rank": ["$mod": [2, 0]]]))
        #expect(Explained.number(counted, "totalDocsExamined") == 0)
        #expect(
            Explained.number(counted, "count")
                == (try store.rows(Find(store.model, filter: ["rank": ["$mod": [2, 0]]])).count))
    }

    @Test func countsWalkKeys() throws {
        let active = try store.explainCount(Find(store.model, filter: ["status": "active"]))
        #expect(Explained.stages(active) == ["COUNT", "COUNT_SCAN"])
        #expect(Explained.number(active, "totalDocsExamined") == 0)
        #expect(
            Explained.number(active, "count") == (try store.rows(Find(store.model, filter: ["status": "active"])).count)
        )
        #expect(Explained.stages(try store.explainCount(Find(store.model))) == ["COUNT", "RECORD_STORE_FAST_COUNT"])
        let red = try store.explainCount(Find(store.model, filter: ["tags": "red"]))
        #expect(Explained.stages(red) == ["COUNT", "COUNT_SCAN"])
        #expect(
            Explained.number(red, "count")
                == (try store.rows(Find(store.model, filter: ["tags": "red"], hint: .collectionScan)).count))
        // An empty array is no null, and keys of arrays say nothing of null.
        let none = try Find(store.model, filter: ["parts.kind": nil])
        #expect(
            try store.count(none)
                == (try store.rows(Find(store.model, filter: ["parts.kind": nil], hint: .collectionScan)).count))
    }

    // MARK: Order

    @Test func sortedListsAreMerged() throws {
        let filter: Document = ["status": ["$in": ["new", "done"]]]
        let find = try Find(store.model, filter: filter, sort: ["createdAt": -1], limit: 5)
        let explained = try store.explain(find)
        #expect(Explained.stages(explained) == ["LIMIT", "SORT_MERGE", "FETCH", "IXSCAN"])
        #expect(Explained.number(explained, "totalKeysExamined") <= 12)
        let scan = try Find(store.model, filter: filter, sort: ["createdAt": -1], limit: 5, hint: .collectionScan)
        #expect(try store.rows(find).map { $0["createdAt"] } == store.rows(scan).map { $0["createdAt"] })
    }

    @Test func hintsByKeysAndNaturalOrder() throws {
        #expect(try PlanHint(.document(["status": 1, "createdAt": -1])) == .index("status_1_createdAt_-1"))
        #expect(try PlanHint("rank_1") == .index("rank_1"))
        #expect(try PlanHint(.document(["$natural": -1])) == .backwardScan)
        for wrong: Value in [1, [:], ["rank": 2], ["rank": "text"], nil] {
            #expect(throws: QueryError.self) { try PlanHint(wrong) }
        }
        let ids = try store.rows(Find(store.model, hint: .collectionScan)).map { $0["_id"] }
        #expect(try store.rows(Find(store.model, hint: .backwardScan)).map { $0["_id"] } == ids.reversed())
        let sorted = try Find(store.model, filter: [:], sort: ["_id": 1], hint: .backwardScan)
        #expect(try store.rows(sorted).map { $0["_id"] } == ids)
    }
}
