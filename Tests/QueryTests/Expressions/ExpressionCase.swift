import BSON
import Platform
import Query
import Testing
import Views

/// An expression, and what it gives: both as extended JSON. `missing` is no value; after `!` stands a part of the error.
struct ExpressionCase: CustomTestStringConvertible {
    let expression: String
    let result: String
    /// What it is computed of.
    let document: String

    init(_ expression: String, _ result: String, of document: String = "{}") {
        self.expression = expression
        self.result = result
        self.document = document
    }

    var testDescription: String { expression }

    /// Over an empty store: the documents stand in the pipeline.
    static func run(_ pipeline: [Document], clock: Int64 = 0) throws -> [Document] {
        let store = try ThingStore([])
        let snapshot = try store.views.snapshot(store.target)
        var rows: [Document] = []
        try Aggregate(pipeline).run(snapshot, clock: .fixed(clock), seed: 1) { row in
            rows.append(Document(copying: row))
            return true
        }
        return rows
    }

    private func value() throws -> Value? {
        let expression = try JSON.parseValue(expression, extended: true)
        let document = try JSON.parseValue(document, extended: true)
        let rows = try Self.run([["$documents": [["$literal": document]]], ["$replaceWith": ["result": expression]]])
        return rows.first?["result"]
    }

    func check(_ location: SourceLocation = #_sourceLocation) throws {
        if result.hasPrefix("!") {
            #expect(sourceLocation: location) { try value() } throws: { error in
                "\(error)".contains(result.dropFirst())
            }
            return
        }
        let expected: Value? = result == "missing" ? .none : .some(try JSON.parseValue(result, extended: true))
        let found = try value()
        #expect(
            found == expected, "\(expression) gave \(found.map { "\($0)" } ?? "missing")", sourceLocation: location)
    }
}
