import BSON
import Query
import Testing

@Suite struct AggregateTests {
    let store: ThingStore
    let documents: [Document]

    init() throws {
        var generator = ThingGenerator(seed: 21)
        documents = generator.documents(200)
        store = try ThingStore(documents)
    }

    private func one(_ values: [Value], _ accumulator: Document) throws -> Value? {
        let store = try ThingStore(
            values.enumerated().map { offset, value in
                Document([("_id", .objectID(ObjectID(seconds: 0, rest: UInt64(offset)))), ("anything", value)])
            })
        return try store.rows([["$group": ["_id": nil, "result": .document(accumulator)]]]).first?["result"]
    }

    @Test func sumsKeepTheSmallestTypeThatHolds() throws {
        let sum: Document = ["$sum": "$anything"]
        #expect(try one([1, 2, "x", nil], sum) == .int32(3))
        #expect(try one([.int32(.max), 1], sum) == .int64(2_147_483_648))
        #expect(try one([1, .int64(2)], sum) == .int64(3))
        #expect(try one([.int64(.max), .int64(-1), 1], sum) == .int64(.max))
        #expect(try one([.int64(.max), 1], sum) == .double(9_223_372_036_854_775_808))
        #expect(try one([1, 2.5], sum) == .double(3.5))
        #expect(try one([1e100, 1, -1e100], sum) == .double(1))
        #expect(try one(["x"], sum) == .int32(0))
        #expect(try one(["x", "y"], ["$sum": 1]) == .int32(2))
        #expect(try one([.int64(9_007_199_254_740_993), 0.0], sum) == .double(9_007_199_254_740_992))
    }

    @Test func otherAccumulators() throws {
        #expect(try one([1, 2], ["$avg": "$anything"]) == .double(1.5))
        #expect(try one(["x"], ["$avg": "$anything"]) == .null)
        #expect(try one([3, nil, 1, "x"], ["$min": "$anything"]) == .int32(1))
        #expect(try one([3, nil, 1, "x"], ["$max": "$anything"]) == "x")
        #expect(try one([nil], ["$max": "$anything"]) == .null)
        #expect(try one([3, 1, 2], ["$first": "$anything"]) == .int32(3))
        #expect(try one([3, 1, 2], ["$last": "$anything"]) == .int32(2))
        #expect(try one([3, 1, 2], ["$first": "$missing"]) == .null)
        #expect(try one([3, 1, 2], ["$count": [:]]) == .int32(3))
    }

    @Test func groupsAreThoseOfANaiveCount() throws {
        let rows = try store.rows([
            ["$match": ["rank": ["$gte": 0]]], ["$group": ["_id": ["s": "$status", "f": "$flag"], "n": ["$sum": 1]]],
        ])
        var expected: [Document: Int32] = [:]
        for document in documents where NaiveFilter.test("rank", "$gte", 0).fits(document) {
            var id = Document()
            if let status = document["status"] { id.append("s", status) }
            if let flag = document["flag"] { id.append("f", flag) }
            expected[id, default: 0] += 1
        }
        #expect(rows.count == expected.count)
        for row in rows {
            guard case .document(let id)? = row["_id"] else { continue }
            #expect(row["n"] == expected[id].map { .int32($0) })
        }
    }

    @Test func equalNumbersAreOneGroup() throws {
        let rows = try store.rows([["$group": ["_id": "$rank"]]])
        for (offset, row) in rows.enumerated() {
            for other in rows[(offset + 1)...] {
                let a = row["_id"] ?? .null
                let b = other["_id"] ?? .null
                #expect(Naive.rank(a) != Naive.rank(b) || Naive.isNaN(a) != Naive.isNaN(b) || Naive.order(a, b) != 0)
            }
        }
        #expect(rows.count > 5)
    }

    @Test func stagesInAnyOrder() throws {
        let sorted = documents.sorted { Naive.precedes($0, $1, [("rank", true), ("_id", false)]) }
        func ids(_ pipeline: [Document]) throws -> [Value?] { try store.rows(pipeline).map { $0["_id"] } }
        let sort: Document = ["$sort": ["rank": -1, "_id": 1]]
        #expect(try ids([sort, ["$skip": 5], ["$limit": 10]]) == sorted[5..<15].map { $0["_id"] })
        #expect(try ids([sort, ["$limit": 10], ["$skip": 5]]) == sorted[5..<10].map { $0["_id"] })
        #expect(try ids([sort, ["$limit": 10], ["$limit": 3]]) == sorted[..<3].map { $0["_id"] })
        let first = try ids([["$limit": 50], sort, ["$limit": 4]])
        let byID = documents.sorted { Naive.precedes($0, $1, [("_id", false)]) }[..<50]
        #expect(
            first == byID.sorted { Naive.precedes($0, $1, [("rank", true), ("_id", false)]) }[..<4].map { $0["_id"] })
        #expect(try ids([["$limit": 20], ["$match": ["_id": nil]]]).isEmpty)
        #expect(try ids([["$skip": 190], ["$skip": 5]]).count == 5)
    }

    @Test func counts() throws {
        #expect(try store.rows([["$count": "n"]]) == [["n": 200]])
        #expect(
            try store.rows([["$match": ["flag": true]], ["$count": "n"]]).first?["n"]
                == .int32(Int32(documents.count { $0["flag"] == .bool(true) })))
        #expect(try store.rows([["$match": ["flag": "nonsense"]], ["$count": "n"]]).isEmpty)
        #expect(try store.rows([["$unwind": "$tags"], ["$group": ["_id": "$tags"]], ["$count": "n"]]) == [["n": 4]])
    }

    @Test func unwinds() throws {
        let store = try ThingStore([
            ["_id": .objectID(ObjectID(seconds: 0, rest: 1)), "tags": ["a", "b"], "title": "t"],
            ["_id": .objectID(ObjectID(seconds: 0, rest: 2)), "tags": []],
            ["_id": .objectID(ObjectID(seconds: 0, rest: 3)), "title": "u"],
            ["_id": .objectID(ObjectID(seconds: 0, rest: 4)), "inner": ["level": [1, 2], "x": 0]],
        ])
        let hide: Document = ["$project": ["_id": 0]]
        #expect(
            try store.rows([["$unwind": "$tags"], hide]) == [
                ["tags": "a", "title": "t"], ["tags": "b", "title": "t"],
            ])
        let kept = try store.rows([["$unwind": ["path": "$tags", "preserveNullAndEmptyArrays": true]], hide])
        #expect(kept.count == 5)
        #expect(kept[2] == [:])
        #expect(kept[3] == ["title": "u"])
        #expect(
            try store.rows([["$unwind": "$inner.level"], hide])
                == [["inner": ["level": 1, "x": 0]], ["inner": ["level": 2, "x": 0]]])
        let indexed = try store.rows([
            ["$unwind": ["path": "$tags", "includeArrayIndex": "at"]], ["$project": ["at": 1, "_id": 0]],
        ])
        #expect(indexed == [["at": .int64(0)], ["at": .int64(1)]])
    }

    @Test(
        arguments: [
            ["$nothing": [:]], ["$match": 1], ["$limit": 0], ["$limit": 1.5], ["$skip": -1],
            ["$group": ["n": ["$sum": 1]]],
            ["$group": ["_id": nil, "n": ["$median": "$rank"]]], ["$group": ["_id": nil, "n": 1]], ["$project": [:]],
            ["$sort": ["rank": 2]], ["$sort": [:]], ["$count": "$n"], ["$unwind": "tags"],
            ["$match": [:], "$limit": 1], ["$group": ["_id": ["$years": "$createdAt"]]], ["$out": "x"],
            ["$merge": ["into": "x"]],
            ["$lookup": ["from": "things", "as": "x", "pipeline": []]], ["$documents": []],
        ] as [Document])
    func refuses(stage: Document) {
        #expect { try Aggregate(store.model, [["$limit": 1], stage]) } throws: {
            ($0 as? QueryError)?.place.hasPrefix("pipeline.1") ?? false
        }
    }
}
