/// What the keys of an index are made of: paths in the documents, each ascending or descending.
public struct IndexPattern: Sendable, Hashable {
    public struct Part: Sendable, Hashable {
        public let path: FieldPath
        public let descending: Bool

        public init(_ path: FieldPath, descending: Bool = false) {
            self.path = path
            self.descending = descending
        }
    }

    public let parts: [Part]
    /// Whether documents that have none of the paths have no key.
    public let sparse: Bool
    /// Where the components of this index's keys are cut, in bytes: 200 with one or two parts, less with more, so that all of them and
    /// a document's key of up to 70 bytes fit LMDB's 511.
    public let componentLimit: Int

    public init(_ parts: [Part], sparse: Bool = false) {
        precondition((1...8).contains(parts.count), "an index has 1 to 8 parts")
        self.parts = parts
        self.sparse = sparse
        componentLimit = min(KeyEncoder.componentLimit, 440 / parts.count - KeyEncoder.cutByteCount)
    }

    /// Appends what keys of this index have for `value` as part number `part`: for bounds and look-ups.
    /// - Returns: whether it was cut; what such a bound finds must be rechecked.
    @discardableResult public func encode(_ value: RawValue?, part: Int, into key: inout [UInt8]) -> Bool {
        KeyEncoder.encode(value, descending: parts[part].descending, limit: componentLimit, into: &key)
    }

    /// Gives every key of `document`, each once.
    ///
    /// An array on the way of a path gives a key per element, and documents in it are walked on; elements that are no documents count as
    /// missing there. An empty array at the end of a path is undefined, before it missing. Parts that go through the same array take their
    /// values from the same element; any further array is taken whole (writers refuse such documents: see `hasParallelArrays`).
    /// Missing values are null. Keys of a document with arrays come in their order.
    ///
    /// `scratch`: memory for the keys, kept by the caller from call to call; its content is overwritten.
    public func forEachKey<E>(
        of document: RawDocument, scratch: inout [UInt8], _ body: (UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        scratch.removeAll(keepingCapacity: true)
        var isPresent = false
        for part in parts {
            let found = IndexPattern.walk(document, part.path)
            if found.isArray {
                return try forEachMultikey(of: document, scratch: &scratch, body)
            }
            if found.value != nil { isPresent = true }
            KeyEncoder.encode(found.value, descending: part.descending, limit: componentLimit, into: &scratch)
        }
        if sparse && !isPresent { return }
        try scratch.withUnsafeBufferPointer { (key: UnsafeBufferPointer<UInt8>) throws(E) in
            try body(UnsafeRawBufferPointer(key))
        }
    }

    /// The value at a path, or the news that there is an array on the way or at its end.
    private static func walk(_ document: RawDocument, _ path: FieldPath) -> (value: RawValue?, isArray: Bool) {
        path.withComponents { components in
            let end = walk(document, components)
            return (end.value, end.value?.tag == BSONType.array.rawValue)
        }
    }

    /// Walks until the path ends, nothing is found, or an array is met.
    static func walk(
        _ document: RawDocument, _ components: FieldPathCursor
    ) -> (value: RawValue?, rest: FieldPathCursor) {
        var cursor = components
        var found = document.value(matching: cursor.next())
        while cursor.remaining > 0, let parent = found, parent.tag != BSONType.array.rawValue {
            guard parent.tag == BSONType.document.rawValue else { return (nil, cursor) }
            found = RawDocument(parent.base).value(matching: cursor.next())
        }
        return (found, cursor)
    }
}
