import BSON
import Testing

/// Documents, the stages over them, and what comes of it, as extended JSON; after `!` stands a part of the error.
struct PipelineCase: CustomTestStringConvertible {
    let documents: String
    let stages: String
    let result: String

    init(_ documents: String, _ stages: String, _ result: String) {
        self.documents = documents
        self.stages = stages
        self.result = result
    }

    var testDescription: String { stages }

    private static func list(_ text: String) throws -> [Document] {
        guard case .array(let values) = try JSON.parseValue(text, extended: true) else { return [] }
        return values.compactMap { if case .document(let document) = $0 { document } else { nil } }
    }

    private func rows() throws -> [Document] {
        let documents: Value = ["$literal": .array(try Self.list(documents).map { .document($0) })]
        return try ExpressionCase.run([["$documents": documents]] + Self.list(stages))
    }

    func check(_ location: SourceLocation = #_sourceLocation) throws {
        if result.hasPrefix("!") {
            #expect(sourceLocation: location) { try rows() } throws: { "\($0)".contains(result.dropFirst()) }
            return
        }
        let found = try rows()
        let shown = found.map { JSON.string($0, style: .relaxed) }.joined(separator: "\n")
        #expect(found == (try Self.list(result)), "\(stages) gave\n\(shown)", sourceLocation: location)
    }
}
