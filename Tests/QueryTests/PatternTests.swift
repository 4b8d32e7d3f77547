import BSON
import Query
import Schema
import Testing

/// Regular expressions: as MongoDB has them, and never without end.
@Suite struct PatternTests {
    let model = CollectionModel(Things.self)

    private func fits(_ condition: Value, _ value: Value) throws -> Bool {
        let filter = try Filter(["title": condition], model: model)
        return try (["title": value] as Document).withRaw { (raw) throws(QueryError) in try filter.matches(raw) }
    }

    private func failure(_ filter: Document, limits: QueryLimits = .standard, on document: Document = [:])
        -> QueryError?
    {
        do throws(QueryError) {
            let filter = try Filter(filter, model: model, limits: limits)
            _ = try document.withRaw { (raw) throws(QueryError) in try filter.matches(raw) }
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            (["$regex": "b+"], "abbc", true), (["$regex": "^b"], "abc", false),
            (["$regex": "ABC", "$options": "i"], "xabcx", true), (["$options": "i", "$regex": "É"], "é", true),
            (["$regex": "^c", "$options": "m"], "a\nc", true), (["$regex": "^c"], "a\nc", false),
            (["$regex": "a.c", "$options": "s"], "a\nc", true), (["$regex": "a.c"], "a\nc", false),
            (["$regex": "a b # c", "$options": "x"], "ab", true), (["$regex": "^.$"], "é", true),
            (["$regex": "(?<=a)b"], "ab", true), (["$regex": "(\\w)\\1"], "hello", true),
            (.regex("^h", "i"), "Hello", true), (["$regex": .regex("^h", "i")], "Hello", true),
            (["$regex": .regex("^h", ""), "$options": "i"], "Hello", true),
            (["$not": .regex("^h", "i")], "Hello", false), (["$not": ["$regex": "^h"]], "Hello", true),
            (["$in": ["x", .regex("^h", "i")]], "Hello", true), (["$nin": [.regex("^h", "i")]], "Hello", false),
            (["$all": [.regex("h", "i"), .regex("o$", "")]], "Hello", true),
            (.regex("^a", "i"), .regex("^a", "i"), true), (["$eq": .regex("^a", "")], "abc", false),
            (["$regex": "1"], 1, false), (["$regex": "^b"], ["ab", "bc"], true),
        ] as [(Value, Value, Bool)])
    func matches(condition: Value, value: Value, expected: Bool) throws {
        #expect(try fits(condition, value) == expected)
    }

    @Test func saysWhatIsWrong() {
        let unclosed = failure(["title": ["$regex": "a(b"]])
        #expect(unclosed?.kind == .badValue && unclosed?.place == "filter.title.$regex")
        #expect(unclosed?.reason.contains("byte 3") == true)
        #expect(failure(["title": ["$regex": "a", "$options": "q"]])?.kind == .badValue)
        #expect(failure(["title": ["$options": "i"]])?.kind == .badValue)
        #expect(failure(["title": ["$regex": 1]])?.kind == .badValue)
        #expect(failure(["title": ["$regex": "a\\C"]])?.kind == .badValue)
        #expect(failure(["title": ["$gt": .regex("a", "")]])?.kind == .badValue)
    }

    @Test func matchingEnds() {
        let many: Document = ["title": .string(String(repeating: "a", count: 40) + "!")]
        let slow: Document = ["title": ["$regex": "^(a+)+$"]]
        let nested: Document = ["title": ["$regex": "^(?:a|(a))*$"]]
        #expect(
            failure(slow, limits: .init(patternSteps: 1_000), on: many)?.kind == .limitExceeded(.patternSteps))
        #expect(failure(nested, limits: .init(patternDepth: 3), on: many)?.kind == .limitExceeded(.patternDepth))
        #expect(
            failure(
                nested, limits: .init(patternMemoryBytes: 1024),
                on: ["title": .string(String(repeating: "a", count: 100_000) + "!")])?.kind
                == .limitExceeded(.patternMemoryBytes))
        let long: Document = ["title": ["$regex": .string(String(repeating: "a", count: 100))]]
        #expect(failure(long, limits: .init(patternBytes: 99))?.kind == .limitExceeded(.patternBytes))
        #expect(failure(long, limits: .init(patternBytes: 100)) == nil)
        let error = failure(slow, limits: .init(patternSteps: 1_000), on: many)
        #expect(error?.description.contains("patternSteps") == true)
    }

    /// What every match begins with narrows the index, and no more than that.
    @Test(
        arguments: [
            ("^abc", "[\"abc…, \"abc…)"), ("^ab*c", "[\"a…, \"a…)"), ("^ab+", "[\"ab…, \"ab…)"),
            ("^a\\.b", "[\"a.b…, \"a.b…)"), ("^ab?", "[\"a…, \"a…)"), ("^ab{0}", "[\"a…, \"a…)"),
            ("\\Aé.", "[\"é…, \"é…)"), ("^a|b", "[\"\", {})"), ("abc", "[\"\", {})"), ("^(a)", "[\"\", {})"),
        ])
    func anchoredPrefixesNarrowTheIndex(pattern: String, expected: String) throws {
        let find = try Find(model, filter: ["code": ["$regex": .string(pattern)]])
        let bounds = try #require(indexBounds(try find.explain(), "code"))
        #expect(bounds.first == .string(expected), "\(bounds)")
    }

    @Test func optionsThatUndoTheAnchorDoNotNarrow() throws {
        for options in ["i", "m", "x"] {
            let find = try Find(model, filter: ["code": ["$regex": "^abc", "$options": .string(options)]])
            let bounds = try #require(indexBounds(try find.explain(), "code"))
            #expect(bounds.first == "[\"\", {})")
        }
    }

    private func indexBounds(_ explained: Document, _ part: String) -> [Value]? {
        var next = explained["queryPlanner.winningPlan"]
        while case .document(let stage)? = next {
            if case .array(let bounds)? = stage[FieldPath("indexBounds." + part)] { return bounds }
            next = stage["inputStage"]
        }
        return nil
    }
}
