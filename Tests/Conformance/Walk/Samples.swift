import BSON
import Foundation

/// A value as a caller gives it, what else the event then needs, and what the document must hold.
struct Sample {
    var value: Value
    var stored: Value
    var note: String

    init(_ value: Value, stored: Value? = nil, _ note: String) {
        self.value = value
        self.stored = stored ?? value
        self.note = note
    }
}

extension FieldRules {
    var type: String { self["type"] ?? "" }
    var isRequired: Bool { self["required"] != nil }
    var choices: [String] { self["enum"]?.components(separatedBy: " | ") ?? [] }
    func number(_ rule: String) -> Double? { self[rule].flatMap { Double($0) } }

    /// One valid value of what is no reference. `number` tells it from others, where others must differ.
    func plainValue(_ name: String, _ number: Int) -> BSON.Value {
        switch type {
        case "string":
            if let first = choices.first { return .string(first) }
            if let match = self["match"] {
                return .string(match.contains("e-mail") ? "w\(number)@example.org" : "w_\(number)")
            }
            if self["minlength"] != nil { return .string("long enough \(number)") }
            return .string("\(name) \(number)")
        case "number": return Self.value(Swift.min(self.number("max") ?? 50, Swift.max(self.number("min") ?? 0, 50)))
        case "boolean": return true
        case "date": return "2024-03-01T10:00:00Z"
        case "mixed": return ["note": "anything", "list": [1, "two"]]
        case "array of string": return ["one", "two"]
        default: return .null
        }
    }

    /// Valid values of a field that is no reference, at the edges of its rules and in every form that is cast.
    func samples(_ name: String, _ number: Int) -> [Sample] {
        switch type {
        case "string": texts(name, number)
        case "number": numbers
        case "boolean": [Sample(true, "true"), Sample(false, "false"), Sample("true", stored: true, "text is cast")]
        case "date":
            [
                Sample(
                    "2024-03-01T10:00:00.250+01:00", stored: .dateTime(.init(milliseconds: 1_709_283_600_250)),
                    "RFC 3339 is cast"),
                Sample(
                    1_709_283_600_000, stored: .dateTime(.init(milliseconds: 1_709_283_600_000)),
                    "milliseconds are cast"),
            ]
        case "mixed": [Sample(["note": "anything", "list": [1, "two"]], "an object"), Sample("text", "text")]
        case "array of string":
            [Sample(["one", "two"], "two"), Sample("one", stored: ["one"], "a single one is cast")]
                + (self.number("each maxlength").map { [Sample([.string(Self.text(Int($0)))], "as long as may be")] }
                    ?? [])
        default: []
        }
    }

    private func texts(_ name: String, _ number: Int) -> [Sample] {
        if !choices.isEmpty { return choices.map { Sample(.string($0), $0) } }
        guard case .string(let plain) = plainValue(name, number) else { return [] }
        var samples = [Sample(.string(plain), "text")]
        if self["lowercase"] != nil {
            samples.append(Sample(.string("W" + plain), stored: .string("w" + plain), "lower case"))
        }
        if self["trim"] != nil {
            samples.append(Sample(.string("  w\(plain) "), stored: .string("w\(plain)"), "trimmed"))
        }
        if let most = self.number("maxlength") {
            samples.append(Sample(.string(Self.text(Int(most))), "\(Int(most)) UTF-16 units"))
        }
        if self["match"] == nil, self["minlength"] == nil, self["unique"] == nil {
            samples.append(Sample(42, stored: "42", "a number is cast"))
        }
        return samples
    }

    private var numbers: [Sample] {
        let least = self.number("min")
        let most = self.number("max")
        let middle = plainValue("", 0)
        var samples = [
            Sample(middle, "a number"), Sample(.string("\(Int(middle.number ?? 0))"), stored: middle, "text is cast"),
        ]
        if let least { samples.append(Sample(Self.value(least), "the least")) }
        if let most { samples.append(Sample(Self.value(most), "the most")) }
        return samples
    }

    /// A value that breaks one rule: what of the specification's words, the value, and how a refusal calls the rule.
    struct Violation {
        var rule: String
        var value: BSON.Value
        var refusal: String
        /// Below the field: `0` is the first element.
        var place = ""
    }

    var violations: [Violation] {
        var all: [Violation] = []
        func add(_ rule: String, _ value: BSON.Value, _ refusal: String, at place: String = "") {
            all.append(Violation(rule: rule, value: value, refusal: refusal, place: place))
        }
        switch type {
        case "string": add("type", ["no": "text"], "cast")
        case "number": add("type", "many", "cast")
        case "boolean": add("type", "perhaps", "cast")
        case "date": add("type", "soon", "cast")
        case "objectId": add("type", "no id", "cast")
        case "array of string":
            add("type", ["no": "array"], "cast")
            add("type", [["no": "text"]], "cast", at: ".0")
        case "array of object": add("type", ["no object"], "cast", at: ".0")
        default: break
        }
        if !choices.isEmpty { add("enum", "no such value", "enum") }
        if let least = number("min") { add("min", Self.value(least - 1), "min") }
        if let most = number("max") { add("max", Self.value(most + 1), "max") }
        if let most = number("maxlength") { add("maxlength", .string(Self.text(Int(most) + 1)), "maxlength") }
        if let most = number("each maxlength") {
            add("each maxlength", [.string(Self.text(Int(most) + 1))], "maxlength", at: ".0")
        }
        if let least = number("minlength") {
            add("minlength", .string(String(repeating: "x", count: Int(least) - 1)), "min")
        }
        if self["match"] != nil { add("match", "not like this", "format") }
        return all
    }

    /// So long as JavaScript counts: the first character takes two units.
    private static func text(_ units: Int) -> String { "🦉" + String(repeating: "x", count: units - 2) }

    static func value(_ number: Double) -> BSON.Value { Int32(exactly: number).map { .int32($0) } ?? .double(number) }

    /// What a default must have become. `nil`: not a plain value.
    var defaultValue: BSON.Value? {
        guard let text = self["default"] else { return nil }
        if text.hasPrefix("\"") { return .string(String(text.dropFirst().dropLast())) }
        if text == "true" || text == "false" { return .bool(text == "true") }
        return Double(text).map { Self.value($0) }
    }
}
