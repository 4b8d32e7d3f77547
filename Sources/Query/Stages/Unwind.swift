internal import BSON

/// A document per element of an array.
struct Unwind: Sendable {
    let path: [String]
    /// Keeps documents that have no elements.
    let keepsEmpty: Bool
    /// The field that takes the element's place in the array.
    let indexName: String?
}

extension Unwind {
    /// Gives the document once per element of its array, the element in the array's place; false when `body` said so.
    func forEach(_ document: RawDocument, _ body: (RawDocument) throws(QueryError) -> Bool) throws(QueryError) -> Bool {
        let found = document[FieldPath(components: path)]
        guard let found, !found.isNull, found.type != .undefined else {
            return keepsEmpty ? try give(document, found, nil, body) : true
        }
        // What is no array counts as an array of one.
        guard let array = found.array else { return try give(document, found, nil, body) }
        if array.isEmpty { return keepsEmpty ? try give(document, nil, nil, body) : true }
        var elements = array.elements
        var index: Int64 = 0
        while let element = elements.next() {
            guard try give(document, element.value, index, body) else { return false }
            index += 1
        }
        return true
    }

    private func give(
        _ document: RawDocument, _ value: RawValue?, _ index: Int64?, _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> Bool {
        var writer = DocumentWriter(reserving: document.byteCount + 32)
        copy(document, path[...], value, &writer)
        if let indexName {
            if let index { writer.append(indexName, index) } else { writer.appendNull(indexName) }
        }
        return try writer.finishDocument().withRaw { (raw) throws(QueryError) in try body(raw) }
    }

    private func copy(
        _ document: RawDocument, _ path: ArraySlice<String>, _ value: RawValue?, _ writer: inout DocumentWriter
    ) {
        var elements = document.elements
        while let element = elements.next() {
            guard let first = path.first, first.utf8.elementsEqual(element.name) else {
                if path.count != self.path.count || !isIndex(element.name) {
                    writer.append(element.name, element.value)
                }
                continue
            }
            if path.count == 1 {
                if let value { writer.append(element.name, value) }
            } else if element.value.type == .document {
                writer.beginDocument(element.name)
                copy(RawDocument(element.value.base), path.dropFirst(), value, &writer)
                writer.end()
            } else {
                writer.append(element.name, element.value)
            }
        }
    }

    /// A field that the element's place takes over.
    private func isIndex(_ name: UnsafeRawBufferPointer) -> Bool { indexName?.utf8.elementsEqual(name) ?? false }
}
