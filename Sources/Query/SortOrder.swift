public import BSON
public import Schema

/// The order of results: fields, each ascending or descending, compared as MongoDB compares. Of an array the smallest
/// element counts, descending the largest.
public struct SortOrder: Sendable {
    struct Part: Sendable, Hashable {
        let path: QueryPath
        let fieldPath: FieldPath
        let isDescending: Bool
    }

    let parts: [Part]

    static let maxParts = 32

    public static let unsorted = SortOrder(parts: [])

    init(parts: [Part]) { self.parts = parts }

    /// Reads `{field: 1, other: -1}`.
    public init(_ document: RawDocument, model: CollectionModel?) throws(QueryError) {
        try self.init(document, fields: DeclaredFields(model), place: "sort")
    }

    public init(_ document: Document, model: CollectionModel?) throws(QueryError) {
        self = try document.withRaw { (raw) throws(QueryError) -> SortOrder in try SortOrder(raw, model: model) }
    }

    init(_ document: RawDocument, fields: DeclaredFields, place: String) throws(QueryError) {
        var parts: [Part] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            let path = try QueryPath.validated(name, at: here)
            try fields.refuseSecret(name, at: here, "sorted by")
            guard let direction = element.value.int64, direction == 1 || direction == -1 else {
                throw QueryError(.badValue, at: here, "a direction is 1 or -1", mend: "write 1 or -1")
            }
            if parts.contains(where: { $0.path.name == name }) { continue }
            parts.append(Part(path: path, fieldPath: FieldPath(name), isDescending: direction == -1))
        }
        if parts.count > Self.maxParts {
            throw QueryError(.badValue, at: place, "a sort has at most \(Self.maxParts) fields")
        }
        self.parts = parts
    }

    public var isEmpty: Bool { parts.isEmpty }

    /// Appends bytes whose order is that of the documents.
    func encode(_ document: RawDocument, into key: inout [UInt8]) {
        for part in parts {
            if let value = document[part.fieldPath], value.type != .array {
                KeyEncoder.encode(value, descending: part.isDescending, limit: .max, into: &key)
            } else {
                Self.encodeFirst(part, document, &key)
            }
        }
    }

    /// Of all values the path leads to, the one that comes first.
    private static func encodeFirst(_ part: Part, _ document: RawDocument, _ key: inout [UInt8]) {
        var first: [UInt8]?
        var candidate: [UInt8] = []
        func consider(_ value: RawValue?) {
            candidate.removeAll(keepingCapacity: true)
            KeyEncoder.encode(value, descending: part.isDescending, limit: .max, into: &candidate)
            if let known = first, !candidate.lexicographicallyPrecedes(known) { return }
            first = candidate
        }
        part.path.forEachKeyValue(in: document, consider)
        key.append(contentsOf: first ?? [])
    }
}
