internal import BSON
internal import Hummingbird

/// The parameters of a URL, read one by one. What is not read, is there twice or makes no sense is a problem that names it.
struct QueryParameters {
    private let values: [(name: String, value: String)]
    private var problems: [Problem.Detail] = []

    /// `known`: all that the route takes.
    init(_ request: Request, known: Set<String>) {
        values = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
        guard values.contains(where: { !known.contains($0.name) }) else { return }
        let there = known.isEmpty ? "none" : known.sorted().joined(separator: ", ")
        for name in Set(values.map(\.name)).subtracting(known).sorted() {
            refuse(name, nil, "is no parameter here; there are \(there)")
        }
    }

    mutating func refuse(_ name: String, _ value: String?, _ message: String) {
        problems.append(
            Problem.Detail(index: 0, type: "", field: name, rule: "parameter", value: value, message: message))
    }

    func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }

    mutating func text(_ name: String) -> String? {
        let all = all(name)
        if all.count > 1 { refuse(name, nil, "is there more than once") }
        return all.first
    }

    mutating func number(_ name: String) -> UInt64? {
        guard let text = text(name) else { return nil }
        guard let number = UInt64(text) else {
            refuse(name, text, "must be a whole number from 0")
            return nil
        }
        return number
    }

    mutating func number(_ name: String, within range: ClosedRange<Int>, or standard: Int) -> Int {
        guard let text = text(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            refuse(name, text, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return standard
        }
        return number
    }

    mutating func time(_ name: String) -> DateTime? {
        guard let text = text(name) else { return nil }
        guard let time = DateTime(rfc3339: text) else {
            refuse(name, text, "must be an RFC 3339 time, such as 2026-01-31T12:00:00Z")
            return nil
        }
        return time
    }

    /// One of some words.
    mutating func word<Word: RawRepresentable & CaseIterable>(_ name: String, or standard: Word) -> Word
    where Word.RawValue == String {
        guard let text = text(name) else { return standard }
        guard let word = Word(rawValue: text) else {
            refuse(name, text, "must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
            return standard
        }
        return word
    }

    /// - Throws: all that was wrong.
    func check() throws(Problem) {
        guard let first = problems.first else { return }
        var problem = Problem(
            .badRequest, "parameter", "A parameter of the URL cannot be taken", "\(first.field) \(first.message)")
        problem.errors = problems
        throw problem
    }
}

/// `format=`: how BSON's types are written.
enum DocumentFormat: String, CaseIterable {
    case relaxed, canonical, plain

    var style: JSON.Style {
        switch self {
        case .relaxed: .relaxed
        case .canonical: .canonical
        case .plain: .plain
        }
    }
}
