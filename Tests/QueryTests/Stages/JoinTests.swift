import BSON
import Platform
import Query
import Schema
import Testing
import Views

/// Stages that read other collections: here the same one, by fields with an index and without.
@Suite struct JoinTests {
    static func id(_ number: UInt64) -> Value { .objectID(ObjectID(seconds: 0, rest: number)) }

    let store: ThingStore
    let catalogue: Catalogue

    init() throws {
        catalogue = try Catalogue([Things.self])
        store = try ThingStore([
            ["_id": Self.id(1), "title": "root", "code": "a", "rank": 1, "tags": ["b", "c"], "password": "secret-1"],
            [
                "_id": Self.id(2), "title": "b", "code": "b", "rank": 2, "owner": Self.id(1), "status": "new",
                "password": "secret-2",
            ],
            [
                "_id": Self.id(3), "title": "c", "code": "c", "rank": 2, "owner": Self.id(1), "status": "done",
                "security": ["codes": ["secret-3"]],
            ],
            ["_id": Self.id(4), "title": "d", "code": "d", "rank": 3, "owner": Self.id(2)],
        ])
    }

    private func rows(_ pipeline: [Document], limits: QueryLimits = .standard) throws -> [Document] {
        let snapshot = try store.views.snapshot(store.target)
        var rows: [Document] = []
        try Aggregate(store.model, pipeline, in: catalogue).run(snapshot, limits: limits, seed: 1) { row in
            rows.append(Document(copying: row))
            return true
        }
        return rows
    }

    private func explain(_ pipeline: [Document]) throws -> String {
        let snapshot = try store.views.snapshot(store.target)
        return JSON.string(try Aggregate(store.model, pipeline, in: catalogue).explain(snapshot), style: .relaxed)
    }

    /// The codes of what was found, by the code of the document.
    private func found(_ lookup: Document) throws -> [String: [String]] {
        let rows = try rows([["$lookup": .document(lookup)]])
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                guard case .string(let code)? = row["code"], case .array(let found)? = row["found"] else {
                    return ("", [])
                }
                let codes = found.map { value in
                    if case .document(let document) = value, case .string(let code)? = document["code"] {
                        code
                    } else {
                        "?"
                    }
                }
                return (code, codes.sorted())
            })
    }

    @Test func byIndexByIdAndByTable() throws {
        let owned: [String: [String]] = ["a": ["b", "c"], "b": ["d"], "c": [], "d": []]
        let byIndex: Document = ["from": "things", "localField": "_id", "foreignField": "owner", "as": "found"]
        #expect(try found(byIndex) == owned)
        #expect(try explain([["$lookup": .document(byIndex)]]).contains("IndexedLoopJoin"))
        let owners: [String: [String]] = ["a": [], "b": ["a"], "c": ["a"], "d": ["b"]]
        let byID: Document = ["from": "things", "localField": "owner", "foreignField": "_id", "as": "found"]
        #expect(try found(byID) == owners)
        #expect(try explain([["$lookup": .document(byID)]]).contains("IDHACK"))
        // An array asks for each element.
        let byArray: Document = ["from": "things", "localField": "tags", "foreignField": "code", "as": "found"]
        #expect(try found(byArray) == ["a": ["b", "c"], "b": [], "c": [], "d": []])
        let byTable: Document = ["from": "things", "localField": "rank", "foreignField": "parts.size", "as": "found"]
        #expect(try found(byTable) == ["a": [], "b": [], "c": [], "d": []])
        #expect(try explain([["$lookup": .document(byTable)]]).contains("HashJoin"))
        // What is missing is null, on both sides.
        let missing: Document = ["from": "things", "localField": "nothing", "foreignField": "owner", "as": "found"]
        #expect(try found(missing) == ["a": ["a"], "b": ["a"], "c": ["a"], "d": ["a"]])
    }

    @Test func byPipeline() throws {
        let correlated: Document = [
            "from": "things", "let": ["id": "$_id"], "as": "found",
            "pipeline": [
                ["$match": ["$expr": ["$eq": ["$owner", "$$id"]], "status": "done"]], ["$project": ["code": 1]],
            ],
        ]
        #expect(try found(correlated) == ["a": ["c"], "b": [], "c": [], "d": []])
        #expect(try explain([["$lookup": .document(correlated)]]).contains("IndexedLoopJoin"))
        let greater: Document = [
            "from": "things", "let": ["rank": "$rank"], "as": "found",
            "pipeline": [["$match": ["$expr": ["$gt": ["$rank", "$$rank"]]]]],
        ]
        #expect(try found(greater) == ["a": ["b", "c", "d"], "b": ["d"], "c": ["d"], "d": []])
        #expect(try explain([["$lookup": .document(greater)]]).contains("NestedLoop"))
        let both: Document = [
            "from": "things", "localField": "_id", "foreignField": "owner", "let": ["code": "$code"], "as": "found",
            "pipeline": [["$sort": ["code": -1]], ["$limit": 1], ["$match": ["$expr": ["$ne": ["$code", "$$code"]]]]],
        ]
        #expect(try found(both) == ["a": ["c"], "b": ["d"], "c": [], "d": []])
        let constant: Document = ["from": "things", "as": "found", "pipeline": [["$match": ["rank": 3]]]]
        #expect(try found(constant) == ["a": ["d"], "b": ["d"], "c": ["d"], "d": ["d"]])
        #expect(try explain([["$lookup": .document(constant)]]).contains("Once"))
        let nested: Document = [
            "from": "things", "let": ["id": "$_id"], "as": "found",
            "pipeline": [
                ["$match": ["$expr": ["$eq": ["$owner", "$$id"]]]],
                [
                    "$lookup": [
                        "from": "things", "let": ["inner": "$_id"], "as": "deep",
                        "pipeline": [
                            [
                                "$match": [
                                    "$expr": ["$and": [["$eq": ["$owner", "$$inner"]], ["$ne": ["$_id", "$$id"]]]]
                                ]
                            ]
                        ],
                    ]
                ],
                ["$match": ["deep.code": "d"]],
            ],
        ]
        #expect(try found(nested) == ["a": ["b"], "b": [], "c": [], "d": []])
    }

    @Test func documentsOfThePipelineItself() throws {
        let found = try found([
            "let": ["code": "$code"], "as": "found",
            "pipeline": [
                ["$documents": [["code": "a"], ["code": "d"]]], ["$match": ["$expr": ["$eq": ["$code", "$$code"]]]],
            ],
        ])
        #expect(found == ["a": ["a"], "b": [], "c": [], "d": ["d"]])
    }

    @Test func unions() throws {
        let rows = try rows([
            ["$match": ["code": "a"]], ["$project": ["code": 1, "_id": 0]],
            [
                "$unionWith": [
                    "coll": "things",
                    "pipeline": [
                        ["$match": ["rank": 2]], ["$project": ["code": 1, "_id": 0]], ["$sort": ["code": 1]],
                    ],
                ]
            ],
        ])
        #expect(rows == [["code": "a"], ["code": "b"], ["code": "c"]])
        #expect(try self.rows([["$unionWith": "things"], ["$count": "n"]]) == [["n": 8]])
        #expect(try self.rows([["$unionWith": "things"], ["$limit": 5], ["$count": "n"]]) == [["n": 5]])
    }

    @Test func graphs() throws {
        func reached(_ more: Document) throws -> [Value?] {
            var spec: Document = [
                "from": "things", "startWith": "$_id", "connectFromField": "_id", "connectToField": "owner",
                "as": "below",
            ]
            for (name, value) in more.pairs { spec.append(name, value) }
            return try rows([
                ["$match": ["code": "a"]], ["$graphLookup": .document(spec)], ["$unwind": "$below"],
                ["$sort": ["below.code": 1]], ["$project": ["_id": 0, "c": "$below.code", "d": "$below.depth"]],
            ]).map { .document($0) }
        }
        #expect(
            try reached(["depthField": "depth"]) == [
                ["c": "b", "d": .int64(0)], ["c": "c", "d": .int64(0)], ["c": "d", "d": .int64(1)],
            ])
        #expect(try reached(["maxDepth": 0]) == [["c": "b"], ["c": "c"]])
        #expect(try reached(["restrictSearchWithMatch": ["status": ["$ne": "new"]]]) == [["c": "c"]])
        // A field that each has already takes the depth where it stands.
        #expect(try reached(["depthField": "rank", "maxDepth": 0]) == [["c": "b"], ["c": "c"]])
    }

    /// Null leads to null, what is missing to nothing: `owner` is null in none, and missing in `a`.
    @Test func graphsOfNothing() throws {
        func reached(_ start: Value) throws -> [Value?] {
            try rows([
                ["$match": ["code": "d"]],
                [
                    "$graphLookup": [
                        "from": "things", "startWith": start, "connectFromField": "_id", "connectToField": "owner",
                        "as": "x", "maxDepth": 0,
                    ]
                ], ["$project": ["_id": 0, "codes": "$x.code"]],
            ]).map { $0["codes"] }
        }
        #expect(try reached(.null) == [[]])
        #expect(try reached("$nothing") == [[]])
        #expect(try reached(["$ifNull": ["$nothing", "$owner"]]) == [["d"]])
    }

    @Test func everyStageKeepsSecrets() throws {
        let lookup: Document = ["from": "things", "localField": "_id", "foreignField": "owner", "as": "x"]
        let pipelines: [[Document]] = [
            [["$lookup": .document(lookup)]], [["$lookup": ["from": "things", "pipeline": [], "as": "x"]]],
            [
                [
                    "$lookup": [
                        "from": "things", "let": ["id": "$$ROOT"], "as": "x",
                        "pipeline": [
                            ["$match": ["$expr": ["$eq": ["$owner", "$$id._id"]]]],
                            ["$replaceWith": ["all": ["$objectToArray": "$$ROOT"]]],
                        ],
                    ]
                ]
            ],
            [
                [
                    "$graphLookup": [
                        "from": "things", "startWith": "$_id", "connectFromField": "_id", "connectToField": "owner",
                        "as": "x",
                    ]
                ]
            ],
            [["$unionWith": "things"]], [["$replaceWith": ["all": ["$objectToArray": "$$ROOT"]]]],
            [
                [
                    "$project": [
                        "x": ["$getField": "password"], "y": ["$getField": ["field": "codes", "input": "$$ROOT"]],
                    ]
                ]
            ],
            [["$set": ["x": "$$ROOT", "y": ["$mergeObjects": ["$$ROOT", ["z": 1]]]]]],
            [
                [
                    "$group": [
                        "_id": "$$ROOT", "all": ["$push": "$$ROOT"],
                        "top": ["$top": ["sortBy": ["rank": 1], "output": "$$ROOT"]],
                    ]
                ]
            ],
            [["$facet": ["a": [], "b": [["$unionWith": "things"]]]]],
            [["$setWindowFields": ["output": ["x": ["$push": "$$ROOT"]]]]],
            [["$bucketAuto": ["groupBy": "$rank", "buckets": 2, "output": ["x": ["$push": "$$CURRENT"]]]]],
            [["$sample": ["size": 4]]],
            [["$match": ["$expr": ["$ne": [["$getField": "password"], "x"]]]]], [["$sortByCount": "$$ROOT"]],
        ]
        for pipeline in pipelines {
            let rows = try rows(pipeline)
            #expect(!rows.isEmpty)
            for row in rows { #expect(!JSON.string(row, style: .relaxed).contains("secret-"), "\(pipeline)") }
            #expect(try !explain(pipeline).contains("secret-"))
        }
        // A condition that could tell what it is finds nothing there.
        #expect(try rows([["$match": ["$expr": ["$eq": [["$getField": "password"], "secret-1"]]]]]).isEmpty)
        let refused: [Document] = [
            ["$lookup": ["from": "things", "localField": "code", "foreignField": "password", "as": "x"]],
            ["$lookup": ["from": "things", "localField": "password", "foreignField": "code", "as": "x"]],
            ["$lookup": ["from": "things", "pipeline": [["$match": ["password": "secret-1"]]], "as": "x"]],
            ["$lookup": ["from": "things", "let": ["p": "$password"], "pipeline": [], "as": "x"]],
            [
                "$graphLookup": [
                    "from": "things", "startWith": "x", "connectFromField": "password", "connectToField": "code",
                    "as": "x",
                ]
            ],
            [
                "$graphLookup": [
                    "from": "things", "startWith": "x", "connectFromField": "code", "connectToField": "security.codes",
                    "as": "x",
                ]
            ],
            [
                "$graphLookup": [
                    "from": "things", "startWith": "x", "connectFromField": "code", "connectToField": "owner",
                    "as": "x", "restrictSearchWithMatch": ["password": "x"],
                ]
            ],
            ["$unionWith": ["coll": "things", "pipeline": [["$sort": ["password": 1]]]]],
            ["$set": ["x": ["$toUpper": "$password"]]],
            ["$setWindowFields": ["partitionBy": "$password", "output": ["x": ["$count": [:]]]]],
            ["$facet": ["a": [["$group": ["_id": "$security.codes"]]]]],
            ["$bucket": ["groupBy": "$password", "boundaries": ["a", "b"]]],
            ["$group": ["_id": nil, "x": ["$top": ["sortBy": ["password": 1], "output": 1]]]],
            ["$replaceWith": "$security"],
            ["$set": ["x": ["$let": ["vars": ["a": "$$ROOT.password"], "in": "$$a"]]]],
        ]
        for stage in refused {
            #expect("\(stage)") { try rows([stage]) } throws: { ($0 as? QueryError)?.kind == .secretField }
        }
    }

    @Test func refusals() {
        func expect(_ stage: Document, _ text: String) {
            #expect("\(stage)") { try rows([stage]) } throws: { "\($0)".contains(text) }
        }
        expect(
            ["$lookup": ["from": "nothing", "localField": "a", "foreignField": "b", "as": "x"]],
            "there is no collection nothing")
        expect(["$lookup": ["from": "things", "localField": "a", "as": "x"]], "both localField and foreignField")
        expect(["$lookup": ["from": "things", "as": "x"]], "or pipeline")
        expect(["$unionWith": ["pipeline": []]], "begins with $documents")
        expect(["$merge": ["into": "things"]], "views are written by events alone")
        expect(["$out": "things"], "views are written by events alone")
        expect(["$documents": []], "first stage of a pipeline without a collection")
        expect(
            ["$lookup": ["from": "things", "pipeline": [["$match": ["rank": ["$foo": 1]]]], "as": "x"]],
            "pipeline.0.$lookup.pipeline.0.$match.rank.$foo")
    }

    @Test func limitsHoldInEveryStage() {
        func exceeded(_ stage: Document, _ limits: QueryLimits) -> QueryError.Kind? {
            do {
                _ = try rows([stage], limits: limits)
                return nil
            } catch {
                return (error as? QueryError)?.kind
            }
        }
        let memory = QueryLimits(memoryBytes: 200)
        let stages: [Document] = [
            ["$lookup": ["from": "things", "pipeline": [], "as": "x"]], ["$facet": ["a": []]], ["$sample": ["size": 4]],
            ["$group": ["_id": "$_id", "x": ["$push": "$$ROOT"]]],
            ["$group": ["_id": nil, "x": ["$addToSet": "$$ROOT"]]],
            ["$bucketAuto": ["groupBy": "$rank", "buckets": 2]],
            ["$setWindowFields": ["output": ["x": ["$count": [:]]]]],
            [
                "$graphLookup": [
                    "from": "things", "startWith": "$_id", "connectFromField": "_id", "connectToField": "owner",
                    "as": "x",
                ]
            ],
            ["$lookup": ["from": "things", "localField": "rank", "foreignField": "parts.size", "as": "x"]],
        ]
        for stage in stages { #expect(exceeded(stage, memory) == .limitExceeded(.memoryBytes), "\(stage)") }
        let documents = QueryLimits(documentsExamined: 6)
        let readers: [Document] = [
            ["$unionWith": "things"],
            [
                "$lookup": [
                    "from": "things", "let": ["r": "$rank"],
                    "pipeline": [["$match": ["$expr": ["$gt": ["$rank", "$$r"]]]]], "as": "x",
                ]
            ],
            ["$lookup": ["from": "things", "localField": "_id", "foreignField": "owner", "as": "x"]],
        ]
        for stage in readers { #expect(exceeded(stage, documents) == .limitExceeded(.documentsExamined), "\(stage)") }
    }
}
