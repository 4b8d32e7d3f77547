extension MutableDocument {
    /// A view of a document that lies elsewhere, for reading only: replace it by a copy before the first edit.
    @inlinable public init(borrowing document: RawDocument) {
        base = UnsafeMutableRawPointer(mutating: document.base)
        capacity = 0
    }
}
