import BSON

/// An example document, as the specification writes it: JavaScript with bare names for what it gives no value of.
indirect enum Example: Hashable {
    case value(Value)
    /// `ObjectId`, `ISODate`: of that type, whichever.
    case anyID, anyDate
    case object([Member])
    case array([Example])

    struct Member: Hashable {
        var name: String
        var value: Example
    }

    /// By path, `achievements.0.title`. Arrays of plain values are values.
    var leaves: [(path: String, leaf: Example)] { leaves(below: "") }

    private func leaves(below path: String) -> [(path: String, leaf: Example)] {
        switch self {
        case .object(let members):
            members.flatMap { $0.value.leaves(below: path.isEmpty ? $0.name : "\(path).\($0.name)") }
        case .array(let elements):
            if let values = plainValues(elements) {
                [(path, .value(.array(values)))]
            } else {
                elements.enumerated().flatMap { $0.element.leaves(below: "\(path).\($0.offset)") }
            }
        default: [(path, self)]
        }
    }

    private func plainValues(_ elements: [Example]) -> [Value]? {
        var values: [Value] = []
        for case .value(let value) in elements { values.append(value) }
        return values.count == elements.count ? values : nil
    }
}

/// Reads one example. What it does not know is an error.
struct ExampleParser {
    private var text: Substring
    private let place: String

    static func parse(_ text: String, _ place: String) throws -> Example {
        var parser = ExampleParser(text: text[...], place: place)
        let example = try parser.example()
        parser.skipSpace()
        guard parser.text.isEmpty else { throw parser.unreadable("the end") }
        return example
    }

    private mutating func example() throws -> Example {
        skipSpace()
        switch text.first {
        case "{": return try object()
        case "[": return try array()
        case "\"", "'": return .value(.string(try string()))
        case let first? where first.isNumber || first == "-": return try number()
        default: return try name()
        }
    }

    private mutating func object() throws -> Example {
        var members: [Example.Member] = []
        text.removeFirst()
        while !take("}") {
            skipSpace()
            let name = text.first == "\"" ? try string() : String(word())
            guard !name.isEmpty, take(":") else { throw unreadable("a member") }
            members.append(Example.Member(name: name, value: try example()))
            guard take(",") || peek("}") else { throw unreadable(", or }") }
        }
        return .object(members)
    }

    private mutating func array() throws -> Example {
        var elements: [Example] = []
        text.removeFirst()
        while !take("]") {
            elements.append(try example())
            guard take(",") || peek("]") else { throw unreadable(", or ]") }
        }
        return .array(elements)
    }

    private mutating func string() throws -> String {
        let quote = text.removeFirst()
        var string = ""
        while let character = text.popFirst(), character != quote {
            string.append(character == "\\" ? text.popFirst() ?? character : character)
            if text.isEmpty { throw unreadable("the end of a text") }
        }
        return string
    }

    private mutating func number() throws -> Example {
        let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "-" }
        text.removeFirst(digits.count)
        if let whole = Int32(digits) { return .value(.int32(whole)) }
        guard let number = Double(digits) else { throw unreadable("a number") }
        return .value(.double(number))
    }

    private mutating func name() throws -> Example {
        switch word() {
        case "true": return .value(true)
        case "false": return .value(false)
        case "null": return .value(.null)
        case "ObjectId": return .anyID
        case "ISODate": return .anyDate
        default: throw unreadable("a value")
        }
    }

    private mutating func word() -> Substring {
        let word = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        text.removeFirst(word.count)
        return word
    }

    private mutating func take(_ mark: Character) -> Bool {
        guard peek(mark) else { return false }
        text.removeFirst()
        return true
    }

    private mutating func peek(_ mark: Character) -> Bool {
        skipSpace()
        return text.first == mark
    }

    /// And what is said in comments.
    private mutating func skipSpace() {
        while true {
            text = text.drop { $0.isWhitespace }
            guard text.hasPrefix("//") else { return }
            text = text.drop { !$0.isNewline }
        }
    }

    private func unreadable(_ wanted: String) -> Seed.Unreadable {
        Seed.Unreadable(description: "\(place): \(wanted) is due before: \(text.prefix(40))")
    }
}
