internal import BSON

/// A dotted path as filters walk it: into nested documents, and into every document of an array on the way.
struct QueryPath: Sendable, Hashable {
    let name: String
    /// Each with one component, so that looking it up compares words.
    private let components: [FieldPath]
    /// A component that may also be a place in an array; -1 where it is none.
    private let places: [Int]
    private let hasPlaces: Bool

    init(_ name: String) {
        self.name = name
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        components = parts.map { FieldPath(components: [$0]) }
        places = parts.map { part in
            part.utf8.count < 10 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) ?? -1 : -1
        }
        hasPlaces = places.contains { $0 >= 0 }
    }

    /// Whether `body` is true for any value the path leads to: each element of an array at its end, then the array itself;
    /// `nil` where a document on the way lacks the field.
    func anyValue<E>(in document: RawDocument, _ body: (RawValue?) throws(E) -> Bool) throws(E) -> Bool {
        try any(document, 0, true, body)
    }

    /// As `anyValue`, but of an array at the end the array alone.
    func anyWhole<E>(in document: RawDocument, _ body: (RawValue?) throws(E) -> Bool) throws(E) -> Bool {
        try any(document, 0, false, body)
    }

    private func any<E>(
        _ document: RawDocument, _ start: Int, _ opens: Bool, _ body: (RawValue?) throws(E) -> Bool
    ) throws(E) -> Bool {
        var level = document
        var at = start
        while true {
            guard let value = level[components[at]] else { return try body(nil) }
            at += 1
            if at == components.count { return try anyEnd(value, opens, body) }
            switch value.type {
            case .document: level = RawDocument(value.base)
            case .array: return try anyElement(RawDocument(value.base), at, opens, body)
            default: return try body(nil)
            }
        }
    }

    private func anyEnd<E>(_ value: RawValue, _ opens: Bool, _ body: (RawValue?) throws(E) -> Bool) throws(E) -> Bool {
        if opens, let array = value.array {
            var elements = array.elements
            while let element = elements.next() {
                if try body(element.value) { return true }
            }
        }
        return try body(value)
    }

    /// Elements that are no documents have no fields, so they lead nowhere, not even to a missing one.
    private func anyElement<E>(
        _ array: RawDocument, _ at: Int, _ opens: Bool, _ body: (RawValue?) throws(E) -> Bool
    ) throws(E) -> Bool {
        var elements = array.elements
        var place = 0
        while let element = elements.next() {
            let value = element.value
            if value.type == .document, try any(RawDocument(value.base), at, opens, body) { return true }
            if hasPlaces, places[at] == place {
                if at + 1 == components.count {
                    if try anyEnd(value, opens, body) { return true }
                } else if value.type == .document {
                    if try any(RawDocument(value.base), at + 1, opens, body) { return true }
                } else if let inner = value.array {
                    if try anyElement(inner, at + 1, opens, body) { return true }
                }
            }
            place += 1
        }
        return false
    }

    /// Refuses what cannot be a path: an empty one, empty components, components that start with `$`, too many.
    static func validated(_ name: String, at place: String) throws(QueryError) -> QueryPath {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.contains(where: \.isEmpty) {
            throw QueryError(.badPath, at: place, "\"\(name)\" has an empty component", mend: "write it as a.b.c")
        }
        if parts.contains(where: { $0.hasPrefix("$") }) {
            throw QueryError(.badPath, at: place, "a field name cannot start with $", mend: "name a field")
        }
        if parts.count > 100 { throw QueryError(.badPath, at: place, "a path has at most 100 components") }
        return QueryPath(name)
    }
}

extension QueryPath {
    /// The values that sorting and indexes see: an array's elements instead of the array, undefined for an empty one at
    /// the end of the path, `nil` for what is missing.
    func forEachKeyValue(in document: RawDocument, _ body: (RawValue?) -> Void) {
        keyValues(document, 0, body)
    }

    private func keyValues(_ document: RawDocument, _ start: Int, _ body: (RawValue?) -> Void) {
        var level = document
        var at = start
        while true {
            guard let value = level[components[at]] else { return body(nil) }
            at += 1
            if let array = value.array { return keyValues(of: array, at, body) }
            if at == components.count { return body(value) }
            guard value.type == .document else { return body(nil) }
            level = RawDocument(value.base)
        }
    }

    private func keyValues(of array: RawDocument, _ at: Int, _ body: (RawValue?) -> Void) {
        let isEnd = at == components.count
        if array.isEmpty { return body(isEnd ? RawValue(type: .undefined, base: array.base) : nil) }
        var elements = array.elements
        while let element = elements.next() {
            if isEnd {
                body(element.value)
            } else if element.value.type == .document {
                keyValues(RawDocument(element.value.base), at, body)
            } else {
                body(nil)
            }
        }
    }

    /// The value as expressions see it: through an array, the array of what its documents have there.
    func evaluate(_ document: RawDocument, from start: Int = 0) -> Evaluated {
        var level = document
        var at = start
        while true {
            guard let value = level[components[at]] else { return .missing }
            at += 1
            if at == components.count { return .raw(value) }
            if value.type == .document {
                level = RawDocument(value.base)
                continue
            }
            guard let array = value.array else { return .missing }
            var values: [Evaluated] = []
            var elements = array.elements
            while let element = elements.next() {
                guard element.value.type == .document else { continue }
                let found = evaluate(RawDocument(element.value.base), from: at)
                if found.type != nil { values.append(found) }
            }
            return .list(values)
        }
    }
}
