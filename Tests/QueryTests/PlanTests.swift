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
}
