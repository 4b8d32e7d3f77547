/// Elements of an array: the writer makes their names.
extension DocumentWriter {
    @inlinable public mutating func appendElement(_ value: some FieldValue) {
        append(ElementIndex(level.elements), value)
    }

    @inlinable public mutating func appendElementNull() { appendNull(ElementIndex(level.elements)) }
    @inlinable public mutating func beginDocumentElement() { begin(.document, ElementIndex(level.elements)) }
    @inlinable public mutating func beginArrayElement() { begin(.array, ElementIndex(level.elements)) }

    /// A position in an array, as the name BSON wants.
    @frozen @usableFromInline struct ElementIndex: FieldName {
        @usableFromInline let index: Int
        @usableFromInline let nameByteCount: Int

        @inlinable init(_ index: Int) {
            self.index = index
            nameByteCount = decimalDigits(in: index)
        }

        @inlinable func writeName(to start: UnsafeMutableRawPointer) {
            writeDecimal(index, digits: nameByteCount, to: start)
        }
    }
}
