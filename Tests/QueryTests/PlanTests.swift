import BSON
import Query
import Testing

/// Which way a query takes, as `explain` tells it.
@Suite struct PlanTests {
    let store: ThingStore

    init() throws {
        var generator = ThingGenerator(seed: 11)
        store = try ThingStore(generator.documents(400))
    }

    private func stages(_ explained: Document) -> [String] {
        var stages: [String] = []
        var next = explained["queryPlanner.winningPlan"]
        while case .document(let stage)? = next {
            if case .string(let name)? = stage["stage"] { stages.append(name) }
            next = stage["inputStage"]
        }
        return stages
    }

    private func indexName(_ explained: Document) -> String? {
        var next = explained["queryPlanner.winningPlan"]
        while case .document(let stage)? = next {
            if case .string(let name)? = stage["indexName"] { return name }
            next = stage["inputStage"]
        }
        return nil
    }

    private func number(_ explained: Document, _ name: String) -> Int {
        guard case .int64(let number)? = explained[FieldPath("executionStats." + name)] else { return -1 }
        return Int(number)
    }

    @Test func byID() throws {
        let id = try #require(try store.rows(Find(store.model, limit: 1)).first?["_id"])
        let explained = try store.explain(Find(store.model, filter: ["_id": id]))
        #expect(stages(explained) == ["IDHACK"])
        #expect(number(explained, "totalDocsExamined") == 1)
        #expect(number(explained, "nReturned") == 1)
    }

    @Test func equalityThenOrder() throws {
        let find = try Find(store.model, filter: ["status": "active"], sort: ["createdAt": -1], limit: 5)
        let explained = try store.explain(find)
        #expect(stages(explained) == ["LIMIT", "FETCH", "IXSCAN"])
        #expect(indexName(explained) == "status_1_createdAt_-1")
        #expect(number(explained, "totalDocsExamined") == 5)
        #expect(number(explained, "totalKeysExamined") == 5)
    }

    @Test func orderBackward() throws {
        let find = try Find(store.model, filter: ["status": "active"], sort: ["createdAt": 1, "_id": -1], limit: 5)
        #expect(stages(try store.explain(find)) == ["LIMIT", "FETCH", "IXSCAN"])
        // Keys end in an ascending `_id`, which a backward scan turns round as well.
        let mixed = try Find(store.model, filter: ["status": "active"], sort: ["createdAt": 1, "_id": 1], limit: 5)
        #expect(stages(try store.explain(mixed)) == ["LIMIT", "SORT", "FETCH", "IXSCAN"])
    }

    @Test func equalityAndRangeBindTwoParts() throws {
        let from = ThingGenerator.time(10)
        let to = ThingGenerator.time(14)
        let find = try Find(store.model, filter: ["status": "done", "createdAt": ["$gte": from, "$lt": to]])
        let explained = try store.explain(find)
        #expect(indexName(explained) == "status_1_createdAt_-1")
        #expect(number(explained, "totalDocsExamined") == number(explained, "nReturned"))
        #expect(number(explained, "nReturned") > 0)
    }

    @Test func listsAreSeveralRanges() throws {
        let find = try Find(store.model, filter: ["code": ["$in": ["code3", "code9", "code3", "none"]]])
        let explained = try store.explain(find)
        #expect(indexName(explained) == "code_1")
        #expect(number(explained, "totalKeysExamined") == 2)
        #expect(number(explained, "nReturned") == 2)
    }

    @Test func sparseIndexOnlyWhereNothingIsMissing() throws {
        let some = try store.explain(Find(store.model, filter: ["email": "mail3"]))
        #expect(indexName(some) == "email_1")
        let none = try Find(store.model, filter: ["email": nil])
        #expect(indexName(try store.explain(none)) == nil)
        #expect(try store.rows(none).count > 100)
        #expect(throws: QueryError.self) {
            try store.rows(Find(store.model, filter: ["email": nil], hint: .index("email_1")))
        }
    }

    @Test func arraysGiveADocumentOnce() throws {
        let find = try Find(store.model, filter: ["tags": ["$in": ["red", "blue", "green", "black"]]])
        let explained = try store.explain(find)
        #expect(indexName(explained) == "tags_1_rank_1")
        #expect(number(explained, "totalKeysExamined") > number(explained, "nReturned"))
        let ids = try store.rows(find).map { $0["_id"] }
        #expect(Set(ids).count == ids.count)
    }

    @Test func noIndexFits() throws {
        let explained = try store.explain(Find(store.model, filter: ["flag": true]))
        #expect(stages(explained) == ["COLLSCAN"])
        #expect(number(explained, "totalDocsExamined") == 400)
    }

    @Test func rangesOfIDStartWhereTheyShould() throws {
        let ids = try store.rows(Find(store.model, sort: SortOrder(["_id": 1], model: store.model))).map {
            $0["_id"] ?? .null
        }
        let find = try Find(store.model, filter: ["_id": ["$gt": ids[100], "$lte": ids[110]]], sort: ["_id": -1])
        let explained = try store.explain(find)
        #expect(stages(explained) == ["COLLSCAN"])
        #expect(number(explained, "totalDocsExamined") <= 12)
        #expect(try store.rows(find).map { $0["_id"] ?? .null } == ids[101...110].reversed())
    }

    @Test func unknownHint() throws {
        #expect { try store.rows(Find(store.model, hint: .index("nothing_1"))) } throws: {
            ($0 as? QueryError)?.kind == .badHint
        }
    }

    // MARK: Costs

    @Test func theFewerKeysTheBetter() throws {
        let find = try Find(store.model, filter: ["status": "active", "rank": 2, "code": ["$gte": "code98"]])
        let explained = try store.explain(find)
        // Two codes are fewer than all that are active, though a range is no equality.
        #expect(indexName(explained) == "code_1")
        guard case .array(let rejected)? = explained["queryPlanner.rejectedPlans"] else {
            Issue.record("no rejected plans")
            return
        }
        #expect(rejected.count >= 3)
    }

    @Test func boundsReadAsMongoDBWritesThem() throws {
        func bounds(_ filter: Document, _ hint: PlanHint) throws -> [Value?] {
            let explained = try Find(store.model, filter: filter, hint: hint).explain()
            var next = explained["queryPlanner.winningPlan"]
            while case .document(let stage)? = next {
                if case .document(let bounds)? = stage["indexBounds"] { return bounds.pairs.map(\.value) }
                next = stage["inputStage"]
            }
            return []
        }
        #expect(
            try bounds(["status": "done", "createdAt": ["$gt": .minKey]], .index("status_1_createdAt_-1"))
                == [["[\"done\", \"done\"]"], ["[MaxKey, MinKey]"]])
        #expect(try bounds(["rank": ["$gt": 2, "$lte": 5]], .index("rank_1")) == [["(2, 5]"]])
        #expect(
            try bounds(["rank": ["$gt": 2, "$lte": 5]], .index("rank_-1_title_1")) == [
                ["[5, 2)"], ["[MinKey, MaxKey]"],
            ])
        #expect(try bounds(["title": ["$gte": "b"]], .index("title_1")) == [["[\"b\", {})"]])
        #expect(try bounds(["rank": ["$in": [3, 1]]], .index("rank_1")) == [["[1, 1]", "[3, 3]"]])
        #expect(
            try bounds(["rank": ["$type": "number"]], .index("rank_1")) == [["[{\"$numberDouble\":\"NaN\"}, \"\")"]])
        #expect(try bounds(["rank": ["$gt": 3, "$lt": 2]], .index("rank_1")) == [[]])
    }

    @Test func anElementBindsTwoParts() throws {
        let find = try Find(store.model, filter: ["parts": ["$elemMatch": ["kind": "bolt", "size": ["$gte": 2]]]])
        let explained = try store.explain(find)
        #expect(indexName(explained) == "parts.kind_1_parts.size_1")
        #expect(number(explained, "nReturned") > 5)
        #expect(number(explained, "totalDocsExamined") == number(explained, "nReturned"))
        // Two elements may fulfil the two, so one part is bound alone.
        let apart = try store.explain(Find(store.model, filter: ["parts.kind": "bolt", "parts.size": ["$gte": 2]]))
        #expect(number(apart, "nReturned") > number(explained, "nReturned"))
    }

    // MARK: Unions

    @Test func alternativesTakeAnIndexEach() throws {
        let filter: Document = [
            "$or": [["code": ["$in": ["code3", "code5"]]], ["email": "mail5"], ["code": "code5"], ["_id": .null]]
        ]
        let explained = try store.explain(Find(store.model, filter: filter))
        #expect(stages(explained) == ["OR"])
        #expect(number(explained, "nReturned") == 2)
        #expect(number(explained, "totalDocsExamined") <= 5)
        let scanned = try store.rows(Find(store.model, filter: filter, hint: .collectionScan))
        #expect(Set(try store.rows(Find(store.model, filter: filter))) == Set(scanned))
        // One alternative without an index, and all must be looked at.
        let open: Document = ["$or": [["code": "code3"], ["flag": true]]]
        #expect(stages(try store.explain(Find(store.model, filter: open))) == ["COLLSCAN"])
    }

    @Test func alternativesWithinAFilterBindItsIndex() throws {
        let filter: Document = ["owner": ThingGenerator.owners[0], "$or": [["status": "new"], ["status": "done"]]]
        let explained = try store.explain(Find(store.model, filter: filter, hint: nil))
        #expect(number(explained, "totalDocsExamined") < 100)
        let scanned = try store.rows(Find(store.model, filter: filter, hint: .collectionScan))
        #expect(number(explained, "nReturned") == scanned.count)
    }

    // MARK: Keys alone

    @Test func keysAreEnough() throws {
        let find = try Find(
            store.model, filter: ["code": ["$regex": "^code1.$"]], projection: ["code": 1, "_id": 0])
        let explained = try store.explain(find)
        #expect(stages(explained) == ["PROJECTION_COVERED", "IXSCAN"])
        #expect(number(explained, "totalDocsExamined") == 0)
        #expect(try store.rows(find) == (0...9).map { ["code": .string("code1\($0)")] })
    }

    @Test func nullsAndCutValuesAreFetched() throws {
        let find = try Find(store.model, filter: ["title": ["$in": [nil, "a"]]], projection: ["title": 1, "_id": 0])
        let explained = try store.explain(find)
        #expect(stages(explained) == ["PROJECTION_COVERED", "IXSCAN"])
        let examined = number(explained, "totalDocsExamined")
        #expect(examined > 0 && examined < number(explained, "nReturned"))
        let long = try Find(store.model, filter: ["title": ["$gt": "long"]], projection: ["title": 1, "_id": 0])
        #expect(number(try store.explain(long), "totalDocsExamined") > 0)
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
        #expect(!stages(try store.explain(find)).contains("PROJECTION_COVERED"))
        let counted = try store.explainCount(Find(store.model, filter: ["rank": ["$mod": [2, 0]]]))
        #expect(number(counted, "totalDocsExamined") == 0)
        #expect(
            number(counted, "count") == (try store.rows(Find(store.model, filter: ["rank": ["$mod": [2, 0]]])).count))
    }

    @Test func countsWalkKeys() throws {
        let active = try store.explainCount(Find(store.model, filter: ["status": "active"]))
        #expect(stages(active) == ["COUNT", "COUNT_SCAN"])
        #expect(number(active, "totalDocsExamined") == 0)
        #expect(number(active, "count") == (try store.rows(Find(store.model, filter: ["status": "active"])).count))
        #expect(stages(try store.explainCount(Find(store.model))) == ["COUNT", "RECORD_STORE_FAST_COUNT"])
        let red = try store.explainCount(Find(store.model, filter: ["tags": "red"]))
        #expect(stages(red) == ["COUNT", "COUNT_SCAN"])
        #expect(
            number(red, "count")
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
        #expect(stages(explained) == ["LIMIT", "SORT_MERGE", "FETCH", "IXSCAN"])
        #expect(number(explained, "totalKeysExamined") <= 12)
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
