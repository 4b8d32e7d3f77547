import BSON
import Foundation

/// MongoDB's filters as its manual tells them, read anew for every document: what the engine is compared with.
enum NaiveMatcher {
    static func fits(_ filter: Document, _ document: Document) -> Bool {
        filter.pairs.allSatisfy { name, value in
            switch name {
            case "$and": filters(value).allSatisfy { fits($0, document) }
            case "$or": filters(value).contains { fits($0, document) }
            case "$nor": !filters(value).contains { fits($0, document) }
            case "$comment": true
            case "$expr": isTrue(value, document)
            case "$jsonSchema":
                if case .document(let schema) = value { NaiveSchema.fits(schema, .document(document)) } else { false }
            default: fitsField(value, document, name.split(separator: ".").map(String.init))
            }
        }
    }

    private static func filters(_ value: Value) -> [Document] {
        guard case .array(let values) = value else { return [] }
        return values.compactMap { if case .document(let filter) = $0 { filter } else { nil } }
    }

    /// A field's value alone: all the expressions that are tried here.
    private static func isTrue(_ expression: Value, _ document: Document) -> Bool {
        guard case .string(let name) = expression else { return false }
        var value: Value? = .document(document)
        for part in name.dropFirst().split(separator: ".") {
            guard case .document(let level)? = value else { return false }
            value = level.pairs.first { $0.name == part }?.value
        }
        switch value {
        case nil, .null, .bool(false): return false
        case .int32(let number): return number != 0
        case .int64(let number): return number != 0
        case .double(let number): return number != 0
        case .decimal128: return value.map(Naive.number) != 0
        default: return true
        }
    }

    private static func operators(_ condition: Value) -> [(name: String, value: Value)]? {
        guard case .document(let document) = condition, document.keys.first?.hasPrefix("$") == true else { return nil }
        return document.pairs
    }

    private static func fitsField(_ condition: Value, _ document: Document, _ path: [String]) -> Bool {
        let values = Naive.candidates(.document(document), path[...])
        let wholes = Naive.candidates(.document(document), path[...], opens: false)
        return fits(condition, values, wholes)
    }

    /// `values`: each element of an array, then the array; `wholes`: the array alone.
    private static func fits(_ condition: Value, _ values: [Value?], _ wholes: [Value?]) -> Bool {
        guard let operators = operators(condition) else { return values.contains { equals($0, condition) } }
        let options = operators.first { $0.name == "$options" }.map { text($0.value) } ?? ""
        return operators.allSatisfy { name, value in
            switch name {
            case "$eq", "$gt", "$gte", "$lt", "$lte": return values.contains { Naive.holds(name, $0, value) }
            case "$ne": return !values.contains { Naive.holds("$eq", $0, value) }
            case "$in", "$nin":
                let isIn = list(value).contains { wanted in values.contains { equals($0, wanted) } }
                return isIn == (name == "$in")
            case "$exists": return values.contains { $0 != nil } == (value == .bool(true))
            case "$type":
                let types = list(value).isEmpty ? [value] : list(value)
                return values.contains { found in
                    found.map { found in types.contains { isType(found, text($0)) } } ?? false
                }
            case "$size": return wholes.contains { Naive.number(value) == elements($0).map { Double($0.count) } }
            case "$mod":
                let numbers = list(value).map(Naive.number)
                return values.contains { found in
                    guard let found, Naive.rank(found) == 3 else { return false }
                    return Naive.number(found).rounded(.towardZero)
                        .truncatingRemainder(dividingBy: numbers[0]) == numbers[1]
                }
            case "$regex": return values.contains { matches($0, text(value), options) }
            case "$options": return true
            case "$not": return !fits(value, values, wholes)
            case "$all":
                return !list(value).isEmpty
                    && list(value).allSatisfy { wanted in
                        if case .document(let inner) = wanted, let match = inner["$elemMatch"] {
                            return wholes.contains { hasElement($0, match) }
                        }
                        return values.contains { equals($0, wanted) }
                    }
            case "$elemMatch": return wholes.contains { hasElement($0, value) }
            default: return false
            }
        }
    }

    static func hasElement(_ array: Value?, _ condition: Value) -> Bool {
        elements(array)?.contains { isElement($0, condition) } ?? false
    }

    static func isElement(_ element: Value, _ condition: Value) -> Bool {
        if let operators = operators(condition), !["$and", "$or", "$nor"].contains(operators[0].name) {
            return fits(condition, [element], [element])
        }
        guard case .document(let filter) = condition else { return false }
        switch element {
        case .document(let document): return fits(filter, document)
        case .array(let inner):
            return fits(filter, Document(inner.enumerated().map { (String($0.offset), $0.element) }))
        default: return false
        }
    }

    /// A value equals another, or a regular expression matches it.
    private static func equals(_ found: Value?, _ wanted: Value) -> Bool {
        if case .regex(let pattern, let options) = wanted {
            return found == wanted || matches(found, pattern, options)
        }
        return Naive.holds("$eq", found, wanted)
    }

    static func matches(_ found: Value?, _ pattern: String, _ options: String) -> Bool {
        guard case .string(let text)? = found else { return false }
        var flags: NSRegularExpression.Options = []
        if options.contains("i") { flags.insert(.caseInsensitive) }
        if options.contains("m") { flags.insert(.anchorsMatchLines) }
        if options.contains("s") { flags.insert(.dotMatchesLineSeparators) }
        guard let expression = try? NSRegularExpression(pattern: pattern, options: flags) else { return false }
        return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    static func isType(_ value: Value, _ name: String) -> Bool {
        switch value {
        case .double: name == "double" || name == "number"
        case .int32: name == "int" || name == "number"
        case .int64: name == "long" || name == "number"
        case .decimal128: name == "decimal" || name == "number"
        case .string: name == "string"
        case .document: name == "object"
        case .array: name == "array"
        case .objectID: name == "objectId"
        case .bool: name == "bool"
        case .dateTime: name == "date"
        case .null: name == "null"
        default: false
        }
    }

    static func elements(_ value: Value?) -> [Value]? {
        if case .array(let elements)? = value { elements } else { nil }
    }
    static func list(_ value: Value) -> [Value] { elements(value) ?? [] }
    static func text(_ value: Value) -> String { if case .string(let text) = value { text } else { "" } }
}
