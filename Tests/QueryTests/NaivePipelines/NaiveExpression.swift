import BSON

/// Expressions over decoded values, read anew for every document, as MongoDB's manual tells them: what the engine is
/// compared with. `nil` is a missing value.
struct NaiveExpression {
    struct Failure: Error {}

    let root: Document
    var variables: [String: Value?] = [:]

    func evaluate(_ expression: Value) throws -> Value? {
        switch expression {
        case .string(let text) where text.hasPrefix("$$"): return try variable(String(text.dropFirst(2)))
        case .string(let text) where text.hasPrefix("$"):
            return Self.path(.document(root), text.dropFirst().split(separator: ".").map(String.init)[...])
        case .array(let members): return .array(try members.map { try evaluate($0) ?? .null })
        case .document(let document):
            if let first = document.pairs.first, first.name.hasPrefix("$") {
                return try apply(first.name, first.value)
            }
            var result = Document()
            for (name, value) in document.pairs {
                if let value = try evaluate(value) { result.append(name, value) }
            }
            return .document(result)
        default: return expression
        }
    }

    private func variable(_ text: String) throws -> Value? {
        let parts = text.split(separator: ".").map(String.init)
        let rest = parts.dropFirst()
        if let known = variables[parts[0]] { return rest.isEmpty ? known : known.flatMap { Self.path($0, rest) } }
        switch parts[0] {
        case "ROOT", "CURRENT": return rest.isEmpty ? .document(root) : Self.path(.document(root), rest)
        case "REMOVE": return nil
        default: throw Failure()
        }
    }

    /// Through an array, the array of what its documents have there.
    static func path(_ value: Value, _ path: ArraySlice<String>) -> Value? {
        guard let name = path.first else { return value }
        switch value {
        case .document(let document):
            return document.pairs.first { $0.name == name }.flatMap { self.path($0.value, path.dropFirst()) }
        case .array(let elements):
            return .array(
                elements.compactMap { element in
                    if case .document = element { self.path(element, path) } else { nil }
                })
        default: return nil
        }
    }

    func with(_ name: String, _ value: Value?) -> NaiveExpression {
        var copy = self
        copy.variables[name] = .some(value)
        return copy
    }

    // MARK: What arguments are

    func arguments(_ value: Value) throws -> [Value?] {
        if case .array(let members) = value { return try members.map { try evaluate($0) } }
        return [try evaluate(value)]
    }

    func member(_ value: Value, _ name: String) throws -> Value? { try member(value, name, or: .null) }

    func member(_ value: Value, _ name: String, or otherwise: Value) throws -> Value? {
        guard case .document(let document) = value else { throw Failure() }
        return try evaluate(document.pairs.first { $0.name == name }?.value ?? otherwise)
    }

    static func written(_ value: Value, _ name: String) throws -> Value {
        guard case .document(let document) = value, let found = document.pairs.first(where: { $0.name == name }) else {
            throw Failure()
        }
        return found.value
    }

    static func isNull(_ value: Value?) -> Bool { value == nil || value == .null || value == .undefined }

    static func isTrue(_ value: Value?) -> Bool {
        switch value {
        case nil, .null?, .undefined?: false
        case .bool(let flag)?: flag
        case .int32(let number)?: number != 0
        case .int64(let number)?: number != 0
        case .double(let number)?: number != 0
        default: true
        }
    }

    static func list(_ value: Value?) throws -> [Value] {
        guard case .array(let elements)? = value else { throw Failure() }
        return elements
    }

    static func text(_ value: Value?) throws -> String {
        guard case .string(let text)? = value else { throw Failure() }
        return text
    }

    static func whole(_ value: Value?) throws -> Int {
        switch value {
        case .int32(let number)?: return Int(number)
        case .int64(let number)?: return Int(number)
        case .double(let number)?:
            guard let whole = Int(exactly: number) else { throw Failure() }
            return whole
        default: throw Failure()
        }
    }

    /// What is missing comes before null.
    static func order(_ a: Value?, _ b: Value?) -> Int { Naive.order(a ?? .undefined, b ?? .undefined) }
}
