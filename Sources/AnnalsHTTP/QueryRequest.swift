internal import Annals
internal import BSON
internal import HTTPTypes
internal import Query
internal import Schema

/// The body of a question about a collection, member by member. What is not known, or of another type, is a problem that
/// names it.
struct QueryRequest {
    private let body: Document
    private var problems: [Problem.Detail] = []

    init(_ body: Document, known: Set<String>) {
        self.body = body
        for name in Set(body.keys).subtracting(known).sorted() {
            refuse(name, "is not known here; there are \(known.sorted().joined(separator: ", "))")
        }
    }

    mutating func refuse(_ name: String, _ message: String) {
        problems.append(
            Problem.Detail(index: 0, type: "", field: name, rule: "member", value: nil, message: message))
    }

    func value(_ name: String) -> Value? {
        // Not by path: no member of a body has dots.
        guard let value = body.pairs.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }

    mutating func document(_ name: String) -> Document {
        switch value(name) {
        case .document(let document)?: return document
        case nil: return [:]
        default:
            refuse(name, "must be an object")
            return [:]
        }
    }

    mutating func documents(_ name: String) -> [Document] {
        guard case .array(let elements)? = value(name) else {
            refuse(name, "must be an array of objects")
            return []
        }
        var documents: [Document] = []
        for (index, element) in elements.enumerated() {
            if case .document(let document) = element {
                documents.append(document)
            } else {
                refuse("\(name).\(index)", "must be an object")
            }
        }
        return documents
    }

    /// `nil` where there is no such member.
    mutating func texts(_ name: String) -> [String]? {
        guard let value = value(name) else { return nil }
        guard case .array(let elements) = value else {
            refuse(name, "must be an array of texts")
            return nil
        }
        return elements.compactMap { element in
            if case .string(let text) = element { return text }
            refuse(name, "must be an array of texts")
            return nil
        }
    }

    mutating func number(_ name: String, within range: ClosedRange<Int>, or standard: Int) -> Int {
        guard let value = value(name) else { return standard }
        guard let number = value.position.flatMap({ Int(exactly: $0) }), range.contains(number) else {
            refuse(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return standard
        }
        return number
    }

    mutating func text(_ name: String) -> String? {
        switch value(name) {
        case .string(let text)?: return text
        case nil: return nil
        default:
            refuse(name, "must be text")
            return nil
        }
    }

    /// `maxTimeMS` and `comment`.
    mutating func terms() -> QuestionTerms {
        let most = number("maxTimeMS", within: 0...Int(Int32.max), or: 0)
        let comment = text("comment")
        if let comment, comment.unicodeScalars.count > 1_000 { refuse("comment", "must have at most 1000 characters") }
        return QuestionTerms(most: most == 0 ? nil : .milliseconds(most), comment: comment)
    }

    /// One of these words.
    mutating func choice<Choice>(_ name: String, _ choices: [(name: String, Choice)], or standard: Choice) -> Choice {
        guard let text = text(name) else { return standard }
        guard let choice = choices.first(where: { $0.name == text }) else {
            refuse(name, "must be one of \(choices.map(\.name).joined(separator: ", "))")
            return standard
        }
        return choice.1
    }

    mutating func flag(_ name: String) -> Bool {
        switch value(name) {
        case .bool(let isSo)?: return isSo
        case nil: return false
        default:
            refuse(name, "must be true or false")
            return false
        }
    }

    mutating func position(_ name: String) -> UInt64 {
        guard let value = value(name) else { return 0 }
        guard let position = value.position else {
            refuse(name, "must be a position")
            return 0
        }
        return position
    }

    /// The name of an index, its key, or `{"$natural":1}`.
    mutating func hint() -> PlanHint? {
        guard let value = value("hint") else { return nil }
        do throws(QueryError) { return try PlanHint(value) } catch {
            refuse("hint", "\(error.reason); \(error.remedy)")
            return nil
        }
    }

    /// - Throws: all that was wrong.
    func check() throws(Problem) {
        guard let first = problems.first else { return }
        var problem = Problem(
            .badRequest, "question", "The question is not clear", "\(first.field) \(first.message)")
        problem.errors = problems
        throw problem
    }
}

/// What a question says of how it is answered.
struct QuestionTerms: Sendable {
    /// How long answering may take; never longer than the server lets it.
    var most: Duration?
    var comment: String?
}
