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

    @Test func byID() throws {
        let id = try #require(try store.rows(Find(store.model, limit: 1)).first?["_id"])
        let explained = try store.explain(Find(store.model, filter: ["_id": id]))
        #expect(Explained.stages(explained) == ["IDHACK"])
        #expect(Explained.number(explained, "totalDocsExamined") == 1)
        #expect(Explained.number(explained, "nReturned") == 1)
    }

    @Test func equalityThenOrder() throws {
        let find = try Find(store.model, filter: ["status": "active"], sort: ["createdAt": -1], limit: 5)
        let explained = try store.explain(find)
        #expect(Explained.stages(explained) == ["LIMIT", "FETCH", "IXSCAN"])
        #expect(Explained.indexName(explained) == "status_1_createdAt_-1")
        #expect(Explained.number(explained, "totalDocsExamined") == 5)
        #expect(Explained.number(explained, "totalKeysExamined") == 5)
    }

    @Test func orderBackward() throws {
        let find = try Find(store.model, filter: ["status": "active"], sort: ["createdAt": 1, "_id": -1], limit: 5)
        #expect(Explained.stages(try store.explain(find)) == ["LIMIT", "FETCH", "IXSCAN"])
        // Keys end in an ascending `_id`, which a backward scan turns round as well.
        let mixed = try Find(store.model, filter: ["status": "active"], sort: ["createdAt": 1, "_id": 1], limit: 5)
        #expect(Explained.stages(try store.explain(mixed)) == ["LIMIT", "SORT", "FETCH", "IXSCAN"])
    }

    @Test func equalityAndRangeBindTwoParts() throws {
        let from = ThingGenerator.time(10)
        let to = ThingGenerator.time(14)
        let find = try Find(store.model, filter: ["status": "done", "createdAt": ["$gte": from, "$lt": to]])
        let explained = try store.explain(find)
        #expect(Explained.indexName(explained) == "status_1_createdAt_-1")
        #expect(Explained.number(explained, "totalDocsExamined") == Explained.number(explained, "nReturned"))
        #expect(Explained.number(explained, "nReturned") > 0)
    }

    @Test func listsAreSeveralRanges() throws {
        let find = try Find(store.model, filter: ["code": ["$in": ["code3", "code9", "code3", "none"]]])
        let explained = try store.explain(find)
        #expect(Explained.indexName(explained) == "code_1")
        #expect(Explained.number(explained, "totalKeysExamined") == 2)
        #expect(Explained.number(explained, "nReturned") == 2)
    }

    @Test func sparseIndexOnlyWhereNothingIsMissing() throws {
        let some = try store.explain(Find(store.model, filter: ["email": "mail3"]))
        #expect(Explained.indexName(some) == "email_1")
        let none = try Find(store.model, filter: ["email": nil])
        #expect(Explained.indexName(try store.explain(none)) == nil)
        #expect(try store.rows(none).count > 100)
        #expect(throws: QueryError.self) {
            try store.rows(Find(store.model, filter: ["email": nil], hint: .index("email_1")))
        }
    }

    @Test func arraysGiveADocumentOnce() throws {
        let find = try Find(store.model, filter: ["tags": ["$in": ["red", "blue", "green", "black"]]])
        let explained = try store.explain(find)
        #expect(Explained.indexName(explained) == "tags_1_rank_1")
        #expect(Explained.number(explained, "totalKeysExamined") > Explained.number(explained, "nReturned"))
        let ids = try store.rows(find).map { $0["_id"] }
        #expect(Set(ids).count == ids.count)
    }

    @Test func noIndexFits() throws {
        let explained = try store.explain(Find(store.model, filter: ["flag": true]))
        #expect(Explained.stages(explained) == ["COLLSCAN"])
        #expect(Explained.number(explained, "totalDocsExamined") == 400)
    }

    @Test func rangesOfIDStartWhereTheyShould() throws {
        let ids = try store.rows(Find(store.model, sort: SortOrder(["_id": 1], model: store.model))).map {
            $0["_id"] ?? .null
        }
        let find = try Find(store.model, filter: ["_id": ["$gt": ids[100], "$lte": ids[110]]], sort: ["_id": -1])
        let explained = try store.explain(find)
        #expect(Explained.stages(explained) == ["COLLSCAN"])
        #expect(Explained.number(explained, "totalDocsExamined") <= 12)
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
        #expect(Explained.indexName(explained) == "code_1")
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
        #expect(Explained.indexName(explained) == "parts.kind_1_parts.size_1")
        #expect(Explained.number(explained, "nReturned") > 5)
        #expect(Explained.number(explained, "totalDocsExamined") == Explained.number(explained, "nReturned"))
        // Two elements may fulfil the two, so one part is bound alone.
        let apart = try store.explain(Find(store.model, filter: ["parts.kind": "bolt", "parts.size": ["$gte": 2]]))
        #expect(Explained.number(apart, "nReturned") > Explained.number(explained, "nReturned"))
    }
}
