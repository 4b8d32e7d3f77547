import BSON
import Query
import Testing

@Suite struct ProjectionTests {
    static let document: Document = [
        "_id": 7, "a": 1, "b": ["x": 1, "y": 2], "c": [["x": 1, "y": 2], 5, ["y": 3]], "d": "text",
    ]

    @Test(
        arguments: [
            (["a": 1], ["_id": 7, "a": 1]),
            (["a": 1, "_id": 0], ["a": 1]),
            (["d": true, "a": 1], ["_id": 7, "a": 1, "d": "text"]),
            (["_id": 1], ["_id": 7]),
            (["_id": 0, "b": 0, "c": 0], ["a": 1, "d": "text"]),
            (["b.x": 1], ["_id": 7, "b": ["x": 1]]),
            (["b": ["x": 1]], ["_id": 7, "b": ["x": 1]]),
            (["b.x": 0, "c": 0], ["_id": 7, "a": 1, "b": ["y": 2], "d": "text"]),
            (["c.x": 1], ["_id": 7, "c": [["x": 1], [:]]]),
            (["c.x": 0, "b": 0], ["_id": 7, "a": 1, "c": [["y": 2], 5, ["y": 3]], "d": "text"]),
            (["a": 1, "renamed": "$b.y"], ["_id": 7, "a": 1, "renamed": 2]),
            (["_id": 0, "all": "$c.y", "none": "$nothing", "one": ["$literal": 1]], ["all": [2, 3], "one": 1]),
            (["_id": 0, "made": ["k": "$d", "l": "$a"]], ["made": ["k": "text", "l": 1]]),
            (["_id": "$d"], ["_id": "text"]),
            // Of arrays the first, the last, or some from a place on; alone, all other fields stay.
            (["_id": 0, "b": 0, "d": 0, "c": ["$slice": 1]], ["a": 1, "c": [["x": 1, "y": 2]]]),
            (["c": ["$slice": -1], "d": 1], ["_id": 7, "c": [["y": 3]], "d": "text"]),
            (["c": ["$slice": [1, 1]], "a": 1], ["_id": 7, "a": 1, "c": [5]]),
            (["c": ["$slice": [-2, 5]], "a": 1], ["_id": 7, "a": 1, "c": [5, ["y": 3]]]),
            (["c": ["$slice": [7, 5]], "a": 1], ["_id": 7, "a": 1, "c": []]),
            (["a": ["$slice": 1], "d": 1], ["_id": 7, "a": 1, "d": "text"]),
            // The first element that fits, after what else is kept.
            (["c": ["$elemMatch": ["y": 3]]], ["_id": 7, "c": [["y": 3]]]),
            (["c": ["$elemMatch": ["$eq": 5]], "d": 1], ["_id": 7, "d": "text", "c": [5]]),
            (["c": ["$elemMatch": ["y": 9]], "d": 1], ["_id": 7, "d": "text"]),
            (["b": 0, "d": 0, "c": ["$elemMatch": ["y": 3]]], ["_id": 7, "a": 1, "c": [["y": 3]]]),
            (Document(), document),
        ] as [(Document, Document)])
    func keeps(projection: Document, expected: Document) throws {
        let projection = try Projection(projection, model: nil)
        let result = try Self.document.withRaw { (raw) throws(QueryError) in try projection.apply(raw) }
        #expect(result == expected, "\(JSON.string(result, style: .relaxed))")
    }

    @Test(
        arguments: [
            ["a": 1, "b": 0], ["b": 1, "b.x": 1], ["b.x": 1, "b": 1], ["a": ["$adds": [1, 2]]], ["a": "$$NEVER"],
            ["a..b": 1], ["a": ["$slice": "x"]], ["a": ["$slice": [1, 0]]], ["a.b": ["$elemMatch": ["x": 1]]],
            ["a": ["$elemMatch": 1]], ["c.$": 1],
        ] as [Document])
    func refuses(projection: Document) {
        #expect(throws: QueryError.self) { try Projection(projection, model: nil) }
    }
}
