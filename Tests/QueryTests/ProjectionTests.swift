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
            (Document(), document),
        ] as [(Document, Document)])
    func keeps(projection: Document, expected: Document) throws {
        let projection = try Projection(projection, model: nil)
        let result = try Self.document.withRaw { (raw) throws(QueryError) in try projection.apply(raw) }
        #expect(result == expected, "\(JSON.string(result, style: .relaxed))")
    }

    @Test(
        arguments: [
            ["a": 1, "b": 0], ["b": 1, "b.x": 1], ["b.x": 1, "b": 1], ["a": ["$add": [1, 2]]], ["a": "$$NOW"],
            ["a..b": 1],
        ] as [Document])
    func refuses(projection: Document) {
        #expect(throws: QueryError.self) { try Projection(projection, model: nil) }
    }
}
