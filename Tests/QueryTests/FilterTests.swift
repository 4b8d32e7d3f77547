import BSON
import Query
import Schema
import Testing

@Suite struct FilterTests {
    let model = CollectionModel(Things.self)

    private func fits(_ filter: Document, _ document: Document) throws -> Bool {
        let filter = try Filter(filter, model: model)
        return try document.withRaw { (raw) throws(QueryError) in try filter.matches(raw) }
    }

    private func failure(_ filter: Document, limits: QueryLimits = .standard) -> QueryError? {
        do {
            _ = try Filter(filter, model: model, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test func missingAndNull() throws {
        #expect(try fits(["a": nil], ["b": 1]))
        #expect(try fits(["a": nil], ["a": nil]))
        #expect(try !fits(["a": nil], ["a": 0]))
        #expect(try fits(["a.b": nil], ["a": 5]))
        #expect(try fits(["a.b": nil], ["a": [["c": 1]]]))
        #expect(try !fits(["a.b": nil], ["a": []]))
        #expect(try !fits(["a.b": nil], ["a": [1, 2]]))
        #expect(try fits(["a": ["$gte": nil]], ["b": 1]))
        #expect(try !fits(["a": ["$gt": nil]], ["a": nil]))
    }

    @Test func numbersCompareByValueWithinTheirKind() throws {
        #expect(try fits(["a": 1], ["a": .int64(1)]))
        #expect(try fits(["a": ["$in": [1]]], ["a": 1.0]))
        #expect(try fits(["a": ["$gt": 9_007_199_254_740_992.0]], ["a": .int64(9_007_199_254_740_993)]))
        #expect(try !fits(["a": ["$lt": 5]], ["a": .double(.nan)]))
        #expect(try fits(["a": ["$lte": .double(.nan)]], ["a": .double(.nan)]))
        #expect(try !fits(["a": ["$gt": 5]], ["a": "text"]))
        #expect(try fits(["a": ["$gt": .minKey]], ["a": "text"]))
    }

    @Test func arrays() throws {
        #expect(try fits(["a": 2], ["a": [1, 2]]))
        #expect(try fits(["a": [1, 2]], ["a": [1, 2]]))
        #expect(try fits(["a": [1, 2]], ["a": [[1, 2]]]))
        #expect(try !fits(["a": 1], ["a": [[1]]]))
        #expect(try fits(["a": ["$gt": 5, "$lt": 2]], ["a": [1, 9]]))
        #expect(try !fits(["a": ["$ne": 2]], ["a": [1, 2]]))
        #expect(try fits(["a.1": 2], ["a": [1, 2]]))
        #expect(try fits(["a.1.b": 3], ["a": [["b": 2], ["b": 3]]]))
        #expect(try !fits(["a.0.b": 3], ["a": [["b": 2], ["b": 3]]]))
    }

    @Test func aDateAloneIsItsMidnightInFiltersToo() throws {
        let midnight = try #require(DateTime(rfc3339: "2024-05-01T00:00:00Z"))
        let before = DateTime(milliseconds: midnight.milliseconds - 1)
        #expect(try fits(["createdAt": ["$gte": "2024-05-01"]], ["createdAt": .dateTime(midnight)]))
        #expect(try !fits(["createdAt": ["$gte": "2024-05-01"]], ["createdAt": .dateTime(before)]))
        #expect(try fits(["createdAt": ["$in": ["2024-05-01"]]], ["createdAt": .dateTime(midnight)]))
        #expect(try fits(["createdAt": "2024-05-01"], ["createdAt": .dateTime(midnight)]))
        // Where a field holds texts, it is one.
        #expect(try fits(["title": "2024-05-01"], ["title": "2024-05-01"]))
    }

    @Test func plainJSONIsCastToWhatTheFieldHolds() throws {
        let owner = ObjectID(seconds: 7, rest: 3)
        #expect(try fits(["owner": .string(owner.description)], ["owner": .objectID(owner)]))
        #expect(try fits(["_id": ["$in": [.string(owner.description)]]], ["_id": .objectID(owner)]))
        #expect(try fits(["createdAt": ["$gte": "2023-11-14T22:13:20Z"]], ["createdAt": ThingGenerator.time(0)]))
        #expect(try !fits(["createdAt": ["$gt": "2023-11-14T22:13:20Z"]], ["createdAt": ThingGenerator.time(0)]))
        #expect(try fits(["inner.level": "3"], ["inner": ["level": 3]]))
        #expect(try fits(["flag": "true"], ["flag": true]))
        // A text field keeps what looks like something else.
        #expect(try fits(["title": .string(owner.description)], ["title": .string(owner.description)]))
        #expect(try !fits(["title": "3"], ["title": 3]))
    }

    @Test func saysWhatIsWrongAndWhere() {
        #expect(failure(["a": ["$near": "x"]])?.kind == .unknownOperator)
        #expect(failure(["a": ["$near": "x"]])?.place == "filter.a.$near")
        #expect(failure(["a": ["$ne": .regex("x", "")]])?.kind == .badValue)
        #expect(failure(["$or": []])?.kind == .badValue)
        #expect(failure(["$or": [["a": 1], ["b": ["$gt": 1, "c": 2]]]])?.place == "filter.$or.1.b.c")
        #expect(failure(["$where": "x"])?.kind == .unknownOperator)
        #expect(failure(["a": ["$in": 1]])?.kind == .badValue)
        #expect(failure(["a..b": 1])?.kind == .badPath)
        #expect(failure(["a.$b": 1])?.kind == .badPath)
        #expect(failure(["a": 1]) == nil)
    }

    @Test func nestingAndListsAreLimited() {
        var deep: Document = ["a": 1]
        for _ in 0..<60 { deep = ["$and": [.document(deep)]] }
        #expect(failure(deep)?.kind == .limitExceeded(.nesting))
        var operators: Value = ["$gt": 1]
        for _ in 0..<60 { operators = ["$not": operators] }
        #expect(failure(["a": operators])?.kind == .limitExceeded(.nesting))
        let list = Value.array((0..<11).map { .int32($0) })
        #expect(failure(["a": ["$in": list]], limits: QueryLimits(listValues: 10))?.kind == .limitExceeded(.listValues))
        #expect(failure(["a": ["$in": list]], limits: QueryLimits(listValues: 11)) == nil)
    }
}
