import BSON
import Query
import Schema
import Testing

@Suite struct SecretTests {
    let store: ThingStore

    init() throws {
        var generator = ThingGenerator(seed: 5)
        store = try ThingStore(generator.documents(20))
    }

    private func isRefused(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return false
        } catch {
            return (error as? QueryError)?.kind == .secretField
        }
    }

    @Test(arguments: ["password", "password.x", "security", "security.codes", "security.codes.0"])
    func noQueryLooksAtThem(path: String) {
        let filter = Document([(path, .string("hash"))])
        let dollar = Value.string("$" + path)
        #expect(isRefused { _ = try Filter(filter, model: store.model) })
        #expect(
            isRefused { _ = try Filter(["$or": [["rank": 1], ["$nor": [.document(filter)]]]], model: store.model) })
        #expect(isRefused { _ = try SortOrder(Document([(path, .int32(1))]), model: store.model) })
        #expect(isRefused { _ = try store.rows([["$group": ["_id": dollar]]]) })
        #expect(isRefused { _ = try store.rows([["$group": ["_id": nil, "x": ["$max": dollar]]]]) })
        #expect(isRefused { _ = try store.rows([["$project": ["x": dollar]]]) })
        #expect(isRefused { _ = try store.rows([["$unwind": dollar]]) })
        #expect(isRefused { _ = try store.rows([["$match": .document(filter)]]) })
        for test: Value in [
            ["$regex": "^h"], .regex("h", ""), ["$type": "string"], ["$size": 2], ["$all": ["x"]], ["$mod": [2, 0]],
            ["$elemMatch": ["$gt": ""]], ["$elemMatch": ["x": 1]], ["$in": [.regex("h", "")]], ["$not": ["$size": 1]],
        ] {
            #expect(isRefused { _ = try Filter(Document([(path, test)]), model: store.model) }, "\(test)")
        }
        #expect(isRefused { _ = try Filter(["$expr": dollar], model: store.model) })
        #expect(isRefused { _ = try store.distinct(path, Find(store.model)) })
    }

    @Test func schemasDoNotSeeThem() throws {
        let named: [Document] = [
            ["required": ["password"]], ["properties": ["password": ["pattern": "^h"]]],
            ["properties": ["security": ["properties": ["codes": ["minItems": 1]]]]],
            ["not": ["properties": ["security": ["required": ["codes"]]]]],
            ["anyOf": [["properties": ["security": ["items": ["required": ["codes"]]]]]]],
        ]
        for schema in named {
            #expect(isRefused { _ = try Filter(["$jsonSchema": .document(schema)], model: store.model) })
        }
        // What is about all fields is about those that may be seen.
        let known = Document(try store.rows(Find(store.model)).flatMap(\.keys).map { ($0, Value.document([:])) })
        let unnamed: [Document] = [
            ["properties": .document(known), "additionalProperties": false],
            ["additionalProperties": ["not": ["enum": ["hash"]]]], ["maxProperties": 14],
        ]
        for schema in unnamed {
            #expect(try store.rows(Find(store.model, filter: ["$jsonSchema": .document(schema)])).count == 20)
        }
        // A whole document compared is one without them.
        #expect(try store.rows(Find(store.model, filter: ["$expr": "$$ROOT.security.hint"])).count == 20)
    }

    @Test func elementsOfArraysHideThemToo() {
        for path in ["security", "security.codes"] {
            let condition: Value =
                path == "security" ? ["$elemMatch": ["codes": "one"]] : ["$elemMatch": ["$eq": "one"]]
            #expect(isRefused { _ = try Filter(Document([(path, condition)]), model: store.model) })
        }
        #expect(isRefused { _ = try Projection(["password": ["$elemMatch": ["$eq": "x"]]], model: store.model) })
    }

    @Test func refusalsAndPlansQuoteNothing() throws {
        do throws(QueryError) {
            _ = try Filter(["password": ["$regex": "canary("]], model: store.model)
        } catch {
            #expect(!error.description.contains("canary"))
        }
        let explained = JSON.string(try store.explain(Find(store.model, filter: ["rank": 1])), style: .relaxed)
        #expect(!explained.contains("hash"))
    }

    @Test func slicesOfThemAreGone() throws {
        let rows = try store.rows(
            Find(store.model, filter: [:], projection: ["security.codes": ["$slice": 1], "password": ["$slice": 1]]))
        for row in rows { #expect(row["password"] == nil && row["security.codes"] == nil) }
    }

    @Test func siblingsAreOpen() throws {
        #expect(try store.rows(Find(store.model, filter: ["security.hint": "dog"])).count == 20)
    }

    @Test func noDocumentLeavesWithThem() throws {
        let pipelines: [[Document]] = [
            [], [["$limit": 3]], [["$group": ["_id": nil, "last": ["$last": "$$ROOT"]]]],
            [["$project": ["password": 1, "security": 1]]], [["$unwind": "$tags"]],
        ]
        let results =
            try pipelines.map { try store.rows($0) } + [
                try store.rows(Find(store.model)),
                try store.rows(
                    Find(
                        store.model, filter: [:], projection: ["password": 1, "security.codes": 1, "security.hint": 1])),
                try store.rows(Find(store.model, filter: [:], projection: ["rank": 0])),
            ]
        for rows in results {
            #expect(!rows.isEmpty)
            for row in rows {
                let text = JSON.string(row, style: .relaxed)
                #expect(!text.contains("hash") && !text.contains("codes") && !text.contains("password"))
            }
        }
        #expect(try store.rows(Find(store.model))[0]["security.hint"] == "dog")
    }

    @Test func documentsLeaveWithoutSecrets() {
        let document: Document = ["a": 1, "password": "x", "security": ["codes": ["y"], "hint": "z"], "b": 2]
        let expected: Document = ["a": 1, "security": ["hint": "z"], "b": 2]
        #expect(document.withRaw { redacted($0, store.model) } == expected)
        // The group may be an array by mistake; its elements are looked through all the same.
        let listed: Document = ["security": [["codes": ["y"], "hint": "z"]]]
        #expect(listed.withRaw { redacted($0, store.model) } == ["security": [["hint": "z"]]])
    }
}
