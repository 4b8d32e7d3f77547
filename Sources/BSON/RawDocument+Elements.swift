extension RawDocument {
    /// One name and its value, in the document's memory.
    @frozen public struct Element {
        public let name: UnsafeRawBufferPointer
        public let value: RawValue

        @inlinable init(name: UnsafeRawBufferPointer, value: RawValue) {
            self.name = name
            self.value = value
        }
    }

    /// Walks a document's elements in their order.
    @frozen public struct Elements: IteratorProtocol, Sequence {
        @usableFromInline var position: UnsafeRawPointer
        @usableFromInline let last: UnsafeRawPointer

        @inlinable init(_ document: RawDocument) {
            position = document.base + 4
            last = document.terminator
        }

        @inlinable public mutating func next() -> Element? {
            guard position < last else { return nil }
            let name = position + 1
            let length = terminatedLength(name, last: last)
            let value = RawValue(tag: position.load(as: UInt8.self), base: name + (length &+ 1))
            position = value.base + value.byteCount
            return Element(name: UnsafeRawBufferPointer(start: name, count: length), value: value)
        }
    }

    @inlinable public var elements: Elements { Elements(self) }

    @inlinable public func forEach<E>(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: RawValue) throws(E) -> Void
    ) throws(E) {
        var elements = self.elements
        while let element = elements.next() { try body(element.name, element.value) }
    }
}
