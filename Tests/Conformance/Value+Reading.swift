import BSON

extension Value {
    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// As a rule's value is written in the comparison.
    var ruleText: String { withRaw { $0.plainText } }

    func object(at place: String) throws -> Document {
        guard case .document(let document) = self else {
            throw Seed.Unreadable(description: "\(place): \(ruleText) where an object is due")
        }
        return document
    }
}

extension Document {
    func list(_ name: String) -> [Value] {
        if case .array(let values)? = self[FieldPath(name)] { values } else { [] }
    }

    /// Refuses keys that the reader would pass over.
    func expect(_ known: Set<String>, at place: String) throws {
        let unknown = Set(keys).subtracting(known).sorted()
        if !unknown.isEmpty {
            throw Seed.Unreadable(description: "\(place): unknown keys \(unknown.joined(separator: ", "))")
        }
    }
}
