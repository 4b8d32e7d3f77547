public import BSON

/// What of a collection's documents is neither about a person nor secret: all that an erasure leaves as it is.
public struct OpenFields: Sendable {
    /// A name in a document that is hidden, or has what is hidden below it. A class, so that walking copies nothing.
    final class Node: Sendable {
        let name: [UInt8]
        let isHidden: Bool
        let children: [Node]

        init(_ name: Substring, _ paths: [ArraySlice<Substring>]) {
            self.name = Array(name.utf8)
            isHidden = paths.contains { $0.isEmpty }
            children = isHidden ? [] : OpenFields.nodes(paths)
        }
    }

    let roots: [Node]

    public init(_ fields: [FieldDescriptor]) {
        let hidden = SecretFields.paths(fields) + PersonalFields(fields).paths
        roots = Self.nodes(hidden.map { $0.split(separator: ".")[...] })
    }

    private static func nodes(_ paths: [ArraySlice<Substring>]) -> [Node] {
        var order: [Substring] = []
        for case let name? in paths.map(\.first) where !order.contains(name) { order.append(name) }
        return order.map { name in Node(name, paths.filter { $0.first == name }.map { $0.dropFirst() }) }
    }

    /// Whether nothing declared is hidden.
    public var isEverything: Bool { roots.isEmpty }

    /// The bytes of a document without what is hidden, slice by slice, in place.
    ///
    /// Where nothing can be hidden, the document as it is. Else its elements one after the other, the hidden ones left out;
    /// documents and arrays in which something may be hidden are written alike in turn: type, name, elements, a zero byte. Lengths
    /// are left out there, since they tell of what is hidden. No two documents that differ in what is open give the same bytes.
    public func forEachSlice(of document: RawDocument, _ body: (UnsafeRawBufferPointer) -> Void) {
        if isEverything { return body(document.bytes) }
        walk(document, roots, body)
    }

    private func walk(_ document: RawDocument, _ level: [Node], _ body: (UnsafeRawBufferPointer) -> Void) {
        var run = Run(from: document)
        var elements = document.elements
        while let element = elements.next() {
            guard let node = level.first(where: { matches($0.name, element.name) }) else { continue }
            if node.isHidden {
                run.leaveOut(element, body)
            } else if element.value.document != nil {
                run.enter(element.value, body)
                walkInside(element.value, node.children, body)
            }
        }
        run.end(document, body)
    }

    /// A document, or the documents of an array: they have what is declared below it.
    private func walkInside(_ value: RawValue, _ level: [Node], _ body: (UnsafeRawBufferPointer) -> Void) {
        guard value.type == .array else { return walk(RawDocument(value.base), level, body) }
        let array = RawDocument(value.base)
        var run = Run(from: array)
        for element in array.elements where element.value.document != nil {
            run.enter(element.value, body)
            walkInside(element.value, level, body)
        }
        run.end(array, body)
    }

    /// Bytes that lie one after the other and are not given yet.
    private struct Run {
        private var start: UnsafeRawPointer

        init(from document: RawDocument) { start = document.base + 4 }

        mutating func leaveOut(_ element: RawDocument.Element, _ body: (UnsafeRawBufferPointer) -> Void) {
            // An element begins with its type, the byte before its name.
            if let name = element.name.baseAddress { give(upTo: name - 1, body) }
            start = element.value.base + element.value.byteCount
        }

        mutating func enter(_ value: RawValue, _ body: (UnsafeRawBufferPointer) -> Void) {
            give(upTo: value.base, body)
            start = value.base + value.byteCount
        }

        func end(_ document: RawDocument, _ body: (UnsafeRawBufferPointer) -> Void) {
            give(upTo: document.base + document.byteCount, body)
        }

        private func give(upTo end: UnsafeRawPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
            if end > start { body(UnsafeRawBufferPointer(start: start, count: end - start)) }
        }
    }
}
