import BSON

/// The keywords of `$jsonSchema` that random queries use.
enum NaiveSchema {
    static func fits(_ schema: Document, _ value: Value) -> Bool {
        schema.pairs.allSatisfy { keyword, rule in
            switch keyword {
            case "bsonType":
                let names = NaiveMatcher.list(rule).isEmpty ? [rule] : NaiveMatcher.list(rule)
                return names.contains { NaiveMatcher.isType(value, NaiveMatcher.text($0)) }
            case "required":
                guard case .document(let document) = value else { return true }
                return NaiveMatcher.list(rule).allSatisfy { document.keys.contains(NaiveMatcher.text($0)) }
            case "properties":
                guard case .document(let document) = value, case .document(let rules) = rule else { return true }
                return rules.pairs.allSatisfy { name, rule in
                    guard case .document(let inner) = rule,
                        let found = document.pairs.first(where: { $0.name == name })?.value
                    else { return true }
                    return fits(inner, found)
                }
            case "enum": return NaiveMatcher.list(rule).contains { Naive.order($0, value) == 0 }
            case "minimum": return Naive.rank(value) != 3 || Naive.number(value) >= Naive.number(rule)
            case "maximum": return Naive.rank(value) != 3 || Naive.number(value) <= Naive.number(rule)
            case "minLength", "maxLength":
                guard case .string(let text) = value else { return true }
                let count = Double(text.unicodeScalars.count)
                return keyword == "minLength" ? count >= Naive.number(rule) : count <= Naive.number(rule)
            case "minItems", "maxItems":
                guard let elements = NaiveMatcher.elements(value) else { return true }
                let count = Double(elements.count)
                return keyword == "minItems" ? count >= Naive.number(rule) : count <= Naive.number(rule)
            case "anyOf": return schemas(rule).contains { fits($0, value) }
            case "allOf": return schemas(rule).allSatisfy { fits($0, value) }
            case "not": if case .document(let inner) = rule { return !fits(inner, value) } else { return false }
            default: return false
            }
        }
    }

    private static func schemas(_ value: Value) -> [Document] {
        NaiveMatcher.list(value).compactMap { if case .document(let schema) = $0 { schema } else { nil } }
    }
}
