import BSON
import Query
import Testing

/// The operators' documented results, one line each.
@Suite struct OperatorTests {
    private func fits(_ filter: Document, _ document: Document) throws -> Bool {
        let filter = try Filter(filter, model: nil)
        return try document.withRaw { (raw) throws(QueryError) in try filter.matches(raw) }
    }

    @Test(
        arguments: [
            // $type: of a value or of an array's elements; the array itself is an array.
            (["a": ["$type": "string"]], ["a": "x"], true), (["a": ["$type": 2]], ["a": ["x", 1]], true),
            (["a": ["$type": "array"]], ["a": []], true), (["a": ["$type": "array"]], ["a": "x"], false),
            (["a": ["$type": "number"]], ["a": .int64(1)], true), (["a": ["$type": "int"]], ["a": .int64(1)], false),
            (["a": ["$type": ["string", "null"]]], ["a": nil], true), (["a": ["$type": "null"]], ["b": 1], false),
            (["a": ["$type": -1]], ["a": .minKey], true), (["a": ["$type": 127]], ["a": .maxKey], true),
            (["a": ["$type": "object"]], ["a": [["b": 1]]], true),
            // $size: the array alone.
            (["a": ["$size": 2]], ["a": [1, 2]], true), (["a": ["$size": 1]], ["a": [[1]]], true),
            (["a": ["$size": 2]], ["a": [[1, 2]]], false), (["a": ["$size": 0]], ["a": []], true),
            (["a": ["$size": 0]], ["b": 1], false), (["a.b": ["$size": 1]], ["a": [["b": [1]], ["b": 2]]], true),
            (["a.0": ["$size": 2]], ["a": [[1, 2]]], true),
            // $mod: fractions are cut off, the remainder has the dividend's sign.
            (["a": ["$mod": [4, 0]]], ["a": 8], true), (["a": ["$mod": [4, 0]]], ["a": 8.9], true),
            (["a": ["$mod": [4, -3]]], ["a": -7], true), (["a": ["$mod": [4, 1]]], ["a": "5"], false),
            (["a": ["$mod": [4, 0]]], ["a": .double(.nan)], false), (["a": ["$mod": [3, 2]]], ["a": [1, 5]], true),
            (["a": ["$mod": [-1, 0]]], ["a": .int64(.min)], true),
            (["a": ["$mod": [4, 2]]], ["a": .decimal128(Decimal128("6.5") ?? Decimal128(low: 0, high: 0))], true),
            // $all: every value, in any order; nothing has all of nothing.
            (["a": ["$all": [1, 2]]], ["a": [2, 1, 3]], true), (["a": ["$all": [1, 4]]], ["a": [1, 2]], false),
            (["a": ["$all": [1]]], ["a": 1], true), (["a": ["$all": []]], ["a": []], false),
            (["a": ["$all": [[1, 2]]]], ["a": [[1, 2]]], true), (["a": ["$all": [[1, 2]]]], ["a": [1, 2]], true),
            (
                ["a": ["$all": [["$elemMatch": ["x": 1]], ["$elemMatch": ["x": 2]]]]], ["a": [["x": 1], ["x": 2]]], true
            ),
            (
                ["a": ["$all": [["$elemMatch": ["x": 1]], ["$elemMatch": ["x": 3]]]]], ["a": [["x": 1], ["x": 2]]],
                false
            ),
            // $elemMatch: one element fulfils all.
            (["a": ["$elemMatch": ["$gt": 1, "$lt": 3]]], ["a": [0, 2]], true),
            (["a": ["$elemMatch": ["$gt": 1, "$lt": 3]]], ["a": [0, 5]], false),
            (["a": ["$gt": 1, "$lt": 3]], ["a": [0, 5]], true),
            (["a": ["$elemMatch": ["$gt": 1]]], ["a": 2], false),
            (["a": ["$elemMatch": ["$gt": 1]]], ["a": [[2]]], false),
            (["a": ["$elemMatch": ["$elemMatch": ["$gt": 1]]]], ["a": [[2]]], true),
            (["a": ["$elemMatch": ["x": 1, "y": 2]]], ["a": [["x": 1, "y": 3], ["x": 2, "y": 2]]], false),
            (["a": ["$elemMatch": ["x": 1, "y": 2]]], ["a": [["x": 1, "y": 2]]], true),
            (["a": ["$elemMatch": ["$or": [["x": 1], ["y": 2]]]]], ["a": [["y": 2]]], true),
            (["a": ["$elemMatch": ["$not": ["$gt": 1]]]], ["a": [5, 0]], true),
            (["a": ["$elemMatch": ["$in": [5]]]], ["a": [5, 0]], true), (["a": ["$elemMatch": [:]]], ["a": [5]], false),
            (["a": ["$elemMatch": ["0": 5]]], ["a": [[5]]], true),
            (["a.b": ["$elemMatch": ["$gte": 4]]], ["a": [["b": [1]], ["b": [4]]]], true),
            // $not, $nor, $ne and their kin take what has no such field.
            (["a": ["$not": ["$gt": 5]]], ["b": 1], true), (["a": ["$ne": 5]], ["b": 1], true),
            (["a": ["$nin": [5]]], ["b": 1], true), (["$nor": [["a": 5], ["b": 2]]], ["b": 1], true),
            (["$nor": [["a": 5], ["b": 2]]], ["b": 2], false), (["a": ["$not": ["$size": 1]]], ["a": [1, 2]], true),
            (["a": ["$in": [nil, 3]]], ["b": 1], true), (["a": ["$exists": false]], ["a": nil], false),
            // Documents by the order of their fields, arrays as a whole or by element.
            (["a": ["x": 1, "y": 2]], ["a": ["x": 1, "y": 2]], true),
            (["a": ["x": 1, "y": 2]], ["a": ["y": 2, "x": 1]], false),
            (["a": ["x": 1]], ["a": [["x": 1], 3]], true), (["a": ["x": 1]], ["a": ["x": 1, "y": 2]], false),
            (["a": ["$gt": [1, 2]]], ["a": [1, 3]], true), (["a": ["$gte": ["x": 1]]], ["a": ["x": 2]], true),
            // What is joined, and what means nothing.
            (["$and": [["a": 1], ["b": 2]], "$comment": "why"], ["a": 1, "b": 2], true),
            (["a": ["$gt": 0, "$comment": "why"]], ["a": 1], true), (["$comment": "all"], ["a": 1], true),
            // $expr: true is all but false, null, zero and what is missing.
            (["$expr": "$a"], ["a": 1], true), (["$expr": "$a"], ["a": 0], false), (["$expr": "$a"], ["b": 0], false),
            (["$expr": "$a"], ["a": ""], true), (["$expr": "$a"], ["a": nil], false), (["$expr": true], [:], true),
        ] as [(Document, Document, Bool)])
    func fits(filter: Document, document: Document, expected: Bool) throws {
        #expect(try fits(filter, document) == expected, "\(JSON.string(filter, style: .relaxed))")
    }

    @Test(
        arguments: [
            (["bsonType": "object"], ["a": 1], true), (["required": ["a", "b"]], ["a": 1], false),
            (["properties": ["a": ["bsonType": "string"]]], ["a": 1], false),
            (["properties": ["a": ["bsonType": "string"]]], ["b": 1], true),
            (["properties": ["a": ["bsonType": ["int", "long"]]]], ["a": .int64(1)], true),
            (["properties": ["a": ["type": "boolean"]]], ["a": true], true),
            (["properties": ["a": ["enum": [1, "x"]]]], ["a": 1.0], true),
            (["properties": ["a": ["enum": [1, "x"]]]], ["a": "y"], false),
            (["properties": ["a": ["minimum": 3]]], ["a": 3], true),
            (["properties": ["a": ["minimum": 3, "exclusiveMinimum": true]]], ["a": 3], false),
            (["properties": ["a": ["maximum": 3, "exclusiveMaximum": true]]], ["a": 2.5], true),
            (["properties": ["a": ["maximum": 3]]], ["a": "text"], true),
            (["properties": ["a": ["multipleOf": 5]]], ["a": 10], true),
            (["properties": ["a": ["multipleOf": 5]]], ["a": 11], false),
            (["properties": ["a": ["minLength": 2, "maxLength": 2]]], ["a": "éé"], true),
            (["properties": ["a": ["minLength": 3]]], ["a": "éé"], false),
            (["properties": ["a": ["pattern": "^x"]]], ["a": "xy"], true),
            (["properties": ["a": ["pattern": "^x"]]], ["a": "yx"], false),
            (["properties": ["a": ["items": ["bsonType": "int"]]]], ["a": [1, 2]], true),
            (["properties": ["a": ["items": ["bsonType": "int"]]]], ["a": [1, "x"]], false),
            (["properties": ["a": ["items": [["bsonType": "int"]], "additionalItems": false]]], ["a": [1, 2]], false),
            (["properties": ["a": ["items": [["bsonType": "int"]]]]], ["a": [1, "x"]], true),
            (["properties": ["a": ["minItems": 1, "maxItems": 2]]], ["a": []], false),
            (["properties": ["a": ["uniqueItems": true]]], ["a": [1, 1.0]], false),
            (["properties": ["a": ["uniqueItems": true]]], ["a": [1, "1"]], true),
            (["properties": ["a": [:]], "additionalProperties": false], ["a": 1, "b": 2], false),
            (["properties": ["a": [:]], "additionalProperties": ["bsonType": "int"]], ["a": "x", "b": 2], true),
            (["additionalProperties": ["bsonType": "int"]], ["b": "x"], false),
            (["minProperties": 2], ["a": 1], false), (["maxProperties": 1], ["a": 1], true),
            (["allOf": [["required": ["a"]], ["required": ["b"]]]], ["a": 1], false),
            (["anyOf": [["required": ["a"]], ["required": ["b"]]]], ["b": 1], true),
            (["oneOf": [["required": ["a"]], ["required": ["b"]]]], ["a": 1, "b": 2], false),
            (["not": ["required": ["a"]]], ["b": 1], true), (["title": "t", "description": "d"], [:], true),
            (["properties": ["a": ["properties": ["b": ["bsonType": "int"]]]]], ["a": ["b": "x"]], false),
            // A schema does not look into arrays by itself.
            (["properties": ["a": ["bsonType": "int"]]], ["a": [1]], false),
        ] as [(Document, Document, Bool)])
    func fitsSchema(schema: Document, document: Document, expected: Bool) throws {
        #expect(
            try fits(["$jsonSchema": .document(schema)], document) == expected,
            "\(JSON.string(schema, style: .relaxed))")
    }

    @Test(
        arguments: [
            (["a": ["$type": "text"]], "filter.a.$type"), (["a": ["$type": 99]], "filter.a.$type"),
            (["a": ["$type": []]], "filter.a.$type"), (["a": ["$size": -1]], "filter.a.$size"),
            (["a": ["$size": 1.5]], "filter.a.$size"), (["a": ["$mod": [0, 1]]], "filter.a.$mod"),
            (["a": ["$mod": [1]]], "filter.a.$mod"), (["a": ["$mod": ["x", 1]]], "filter.a.$mod"),
            (["a": ["$all": 1]], "filter.a.$all"), (["a": ["$all": [1, ["$elemMatch": ["b": 1]]]]], "filter.a.$all"),
            (["a": ["$all": [["$gt": 1]]]], "filter.a.$all.0"), (["a": ["$elemMatch": 1]], "filter.a.$elemMatch"),
            (["a": ["$elemMatch": ["b": ["$bad": 1]]]], "filter.a.$elemMatch.b.$bad"),
            (["a": ["$not": 1]], "filter.a.$not"), (["$expr": ["$bad": 1]], "filter.$expr.$bad"),
            (["$jsonSchema": 1], "filter.$jsonSchema"), (["$jsonSchema": ["bad": 1]], "filter.$jsonSchema.bad"),
            (["$jsonSchema": ["properties": ["a": ["minimum": "x"]]]], "filter.$jsonSchema.properties.a.minimum"),
            (["$jsonSchema": ["exclusiveMinimum": true]], "filter.$jsonSchema.exclusiveMinimum"),
            (["$jsonSchema": ["pattern": "("]], "filter.$jsonSchema.pattern"),
            (["$jsonSchema": ["type": "integer"]], "filter.$jsonSchema.type"),
            (["a": ["$elemMatch": ["$expr": true]]], "filter.a.$elemMatch.$expr"),
        ] as [(Document, String)])
    func saysWhere(filter: Document, place: String) {
        do throws(QueryError) {
            _ = try Filter(filter, model: nil)
            Issue.record("\(JSON.string(filter, style: .relaxed)) was read")
        } catch {
            #expect(error.place == place)
        }
    }

    @Test func schemasNestOnlySoDeep() {
        var schema: Document = ["bsonType": "int"]
        for _ in 0..<60 { schema = ["not": .document(schema)] }
        #expect { try Filter(["$jsonSchema": .document(schema)], model: nil) } throws: {
            ($0 as? QueryError)?.kind == .limitExceeded(.nesting)
        }
    }
}
