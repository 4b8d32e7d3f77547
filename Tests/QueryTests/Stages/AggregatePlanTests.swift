import BSON
import Query
import Testing
import Views

/// What of a pipeline is answered by an index, a counter, or before other stages; by `explain`.
@Suite struct AggregatePlanTests {
    let store: ThingStore
    let documents: [Document]

    init() throws {
        var generator = ThingGenerator(seed: 41)
        documents = generator.documents(200)
        store = try ThingStore(documents)
    }

    private func explain(_ pipeline: [Document]) throws -> Document {
        let snapshot = try store.views.snapshot(store.target)
        return try Aggregate(store.model, pipeline).explain(snapshot)
    }

    private func examined(_ explained: Document) throws -> Int64 {
        guard case .int64(let count)? = explained["executionStats.totalDocsExamined"] else { return -1 }
        return count
    }

    private func text(_ document: Document) -> String { JSON.string(document, style: .relaxed) }

    @Test func countsAreAnsweredByACounter() throws {
        let pipelines: [[Document]] = [
            [["$count": "n"]], [["$group": ["_id": nil, "n": ["$sum": 1]]]],
            [["$group": ["_id": nil, "n": ["$count": [:]], "twice": ["$sum": 2]]]], [["$skip": 20], ["$count": "n"]],
        ]
        for pipeline in pipelines {
            let explained = try explain(pipeline)
            #expect(text(explained).contains("RECORD_STORE_FAST_COUNT"), "\(pipeline)")
            #expect(try examined(explained) == 0)
        }
        #expect(try store.rows(pipelines[1]) == [["_id": nil, "n": 200]])
        #expect(try store.rows(pipelines[2]) == [["_id": nil, "n": 200, "twice": 400]])
        #expect(try store.rows(pipelines[3]) == [["n": 180]])
        #expect(try store.rows([["$skip": 500], ["$group": ["_id": nil, "n": ["$sum": 1]]]]).isEmpty)
    }

    @Test func countsOfAnIntervalAreAnsweredByKeys() throws {
        let pipeline: [Document] = [["$match": ["status": "active"]], ["$group": ["_id": nil, "n": ["$sum": 1]]]]
        let explained = try explain(pipeline)
        #expect(text(explained).contains("COUNT_SCAN"))
        #expect(try examined(explained) == 0)
        let count = documents.count { $0["status"] == "active" }
        #expect(try store.rows(pipeline) == [["_id": nil, "n": .int32(Int32(count))]])
    }

    @Test func groupsByAnIndexedFieldFetchNoDocuments() throws {
        let pipeline: [Document] = [
            ["$group": ["_id": "$code", "n": ["$sum": 1], "first": ["$min": "$code"]]], ["$sort": ["_id": 1]],
        ]
        let explained = try explain(pipeline)
        #expect(text(explained).contains("PROJECTION_COVERED"), "\(text(explained))")
        #expect(try examined(explained) == 0)
        let codes = documents.compactMap { $0["code"] }.sorted { Naive.order($0, $1) < 0 }
        #expect(try store.rows(pipeline) == codes.map { ["_id": $0, "n": 1, "first": $0] })
    }

    /// Counts by an index's first field are made of runs of keys; what is null or missing the documents tell.
    @Test func countedGroupsAreCountedByKeys() throws {
        for path in ["title", "rank", "createdAt", "code", "status", "level"] {
            let group: Document = ["$group": ["_id": .string("$" + path), "n": ["$sum": 1], "twice": ["$sum": 2]]]
            var expected: [(id: Value, count: Int32)] = []
            for document in documents {
                let id = document[FieldPath(path)] ?? .null
                if let at = expected.firstIndex(where: { Naive.order($0.id, id) == 0 }) {
                    expected[at].count += 1
                } else {
                    expected.append((id, 1))
                }
            }
            let rows = try store.rows([group, ["$sort": ["_id": 1]]])
            let sorted = expected.sorted { Naive.order($0.id, $1.id) < 0 }
            #expect(rows.count == sorted.count, "\(path)")
            for (row, wanted) in zip(rows, sorted) {
                #expect(Naive.order(row["_id"] ?? .null, wanted.id) == 0, "\(path)")
                #expect(row["n"] == .int32(wanted.count) && row["twice"] == .int32(2 * wanted.count), "\(path)")
            }
        }
        let explained = try explain([["$group": ["_id": "$title", "n": ["$count": [:]]]]])
        #expect(text(explained).contains(#""answers":"$group""#), "\(text(explained))")
    }

    /// Of dates in order, those between two of one day are of that day; zones whose clocks go back are computed one by one.
    @Test func daysAreCountedByKeys() throws {
        for unit in ["minute", "hour", "day", "week", "month", "year"] {
            for zone in [nil, "America/New_York"] {
                var truncated: Document = ["date": "$createdAt", "unit": .string(unit)]
                if let zone { truncated.append("timezone", .string(zone)) }
                let day = Value.document(["$dateTrunc": .document(truncated)])
                let sort: Document = ["$sort": ["_id": 1]]
                let counted = try store.rows([["$group": ["_id": day, "n": ["$sum": 1]]], sort])
                // The same by documents.
                let grouped = try store.rows([
                    ["$match": ["status": ["$ne": "never"]]], ["$set": ["day": day]],
                    ["$group": ["_id": "$day", "n": ["$sum": 1]]], sort,
                ])
                #expect(counted == grouped && !counted.isEmpty, "\(unit)")
            }
        }
    }

    @Test func conditionsMoveBeforeStagesTheyDoNotDependOn() throws {
        let stages: [Document] = [
            ["$set": ["other": ["$add": ["$rank", 1]]]], ["$project": ["anything": 0]], ["$unwind": "$tags"],
            ["$sort": ["rank": 1]], ["$project": ["status": 1, "tags": 1]],
        ]
        for stage in stages {
            let explained = try explain([stage, ["$match": ["status": "active"]]])
            #expect(text(explained).contains("status_1_createdAt_-1"), "\(stage)")
        }
        // What a stage makes is tested behind it.
        let made = try store.rows([["$set": ["status": "active"]], ["$match": ["status": "active"]], ["$count": "n"]])
        #expect(made == [["n": 200]])
        let limited = try store.rows([["$limit": 10], ["$match": ["status": "nothing"]], ["$count": "n"]])
        #expect(limited.isEmpty)
        let excluded = try store.rows([["$project": ["rank": 1]], ["$match": ["status": "active"]]])
        #expect(excluded.isEmpty)
    }

    @Test func aSortKeepsNoMoreThanALimitAsks() throws {
        let explained = try explain([
            ["$unwind": "$tags"], ["$sort": ["rank": 1]], ["$set": ["x": 1]], ["$skip": 2], ["$limit": 3],
        ])
        #expect(text(explained).contains("\"limit\":5"))
        let memory = QueryLimits(memoryBytes: 6_000)
        let rows = try store.rows([["$unwind": "$tags"], ["$sort": ["rank": 1]], ["$limit": 3]], limits: memory)
        #expect(rows.count == 3)
    }

    @Test func explainHasMongoDBsShape() throws {
        let plain = try explain([["$match": ["status": "active"]], ["$limit": 3]])
        #expect(plain["queryPlanner.winningPlan"] != nil && plain["executionStats.nReturned"] == .int64(3))
        let staged = try explain([["$match": ["status": "active"]], ["$unwind": "$tags"], ["$limit": 2]])
        guard case .array(let stages)? = staged["stages"], case .document(let cursor)? = stages.first,
            case .document(let last)? = stages.last
        else { return #expect(Bool(false), "\(text(staged))") }
        #expect(cursor["$cursor.queryPlanner.winningPlan"] != nil)
        #expect(last["$limit"] == 2 && last["nReturned"] == .int64(2))
        #expect(stages.count == 3)
    }

    @Test func sampleAndRandAreRepeatedBySeed() throws {
        func rows(_ seed: UInt64) throws -> [Document] {
            let snapshot = try store.views.snapshot(store.target)
            var rows: [Document] = []
            let stages: [Document] = [["$sample": ["size": 5]], ["$project": ["r": ["$rand": [:]]]]]
            try Aggregate(store.model, stages).run(snapshot, seed: seed) { row in
                rows.append(Document(copying: row))
                return true
            }
            return rows
        }
        #expect(try rows(1) == rows(1))
        #expect(try rows(1) != rows(2))
    }
}
