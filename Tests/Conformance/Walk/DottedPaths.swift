import BSON

/// Documents by dotted paths, `attachments.0.url`: a number is a place in an array.
extension Document {
    func value(at path: String) -> Value? { Value.document(self).value(at: path.split(separator: ".")[...]) }

    /// The same with the value at the path, and whatever leads there; without it where `value` is nil.
    func putting(_ value: Value?, at path: String) -> Document {
        putting(value, at: path.split(separator: ".").map(String.init)[...])
    }

    private func putting(_ value: Value?, at path: ArraySlice<String>) -> Document {
        guard let name = path.first else { return self }
        let rest = path.dropFirst()
        guard !rest.isEmpty else { return value.map { setting(name, to: $0) } ?? removing(name) }
        let inner = pairs.first { $0.name == name }?.value
        if let place = rest.first.flatMap({ Int($0) }) {
            var elements: [Value] = if case .array(let found)? = inner { found } else { [] }
            while elements.count <= place { elements.append(.document([:])) }
            if rest.count == 1 {
                if let value { elements[place] = value } else { elements.remove(at: place) }
            } else if case .document(let element) = elements[place] {
                elements[place] = .document(element.putting(value, at: rest.dropFirst()))
            }
            return setting(name, to: .array(elements))
        }
        guard case .document(let document)? = inner else {
            return value == nil ? self : setting(name, to: .document(Document().putting(value, at: rest)))
        }
        return setting(name, to: .document(document.putting(value, at: rest)))
    }

    /// A field's path in a document: `attachments[].url` is looked for in the element at `place`.
    static func path(of field: String, element place: Int = 0) -> String {
        field.replacing("[]", with: ".\(place)")
    }
}

extension Value {
    fileprivate func value(at path: ArraySlice<Substring>) -> Value? {
        guard let name = path.first else { return self }
        switch self {
        case .document(let document):
            return document.pairs.first { $0.name == name }?.value.value(at: path.dropFirst())
        case .array(let elements):
            guard let place = Int(name), elements.indices.contains(place) else { return nil }
            return elements[place].value(at: path.dropFirst())
        default: return nil
        }
    }

    var number: Double? {
        switch self {
        case .int32(let number): Double(number)
        case .int64(let number): Double(number)
        case .double(let number): number
        case .decimal128(let number): Double(number.description)
        default: nil
        }
    }

    /// The same value, of whichever numeric type.
    func isSame(as other: Value?) -> Bool {
        if let number, let otherNumber = other?.number { return number == otherNumber }
        return self == other
    }
}
