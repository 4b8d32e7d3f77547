import Glibc

extension JSON.Parser {
    /// Puts the value that a closed wrapper object stands for in the object's place.
    ///
    /// The object has been read like any other: its BSON lies between its frame's start and `end`. Names in any order,
    /// and nothing but them, as the specification demands.
    ///
    /// - Returns: the output's new end; nil where the wrapper is not as the specification has it.
    @inline(never)
    mutating func unwrap(
        _ closed: UnsafeMutablePointer<Frame>, _ end: UnsafeMutablePointer<UInt8>,
        in parent: UnsafeMutablePointer<Frame>, isTooDeepForScope: Bool
    ) -> UnsafeMutablePointer<UInt8>? {
        let wrapper = closed.pointee.wrapper
        let start = output + closed.pointee.start
        var elements = RawDocument(UnsafeRawPointer(start)).elements
        guard let first = elements.next() else { return nil }
        let second = elements.next()
        let isScoped = wrapper == .scope || (wrapper == .code && second != nil)
        guard closed.pointee.count == (isScoped ? 2 : 1) else { return nil }

        let value: UnwrappedValue?
        if isScoped {
            guard let second, !isTooDeepForScope else { return nil }
            value = UnwrappedValue(code: first, scope: second) ?? UnwrappedValue(code: second, scope: first)
        } else {
            value = UnwrappedValue(
                wrapper, first.value, isWrapped: closed.pointee.holdsWrapped,
                holdsWrapped: closed.pointee.childHoldsWrapped)
        }
        guard let value else { return nil }
        (output + parent.pointee.element).pointee = value.type.rawValue
        parent.pointee.holdsWrapped = true
        var position = start
        switch value.bits {
        case .none:
            break
        case .byte(let byte):
            position.pointee = byte
            position += 1
        case .word(let word):
            Self.store(word, position)
            position += 8
        case .halfWord(let word):
            Self.store(word, position)
            position += 4
        case .bytes(let bytes):
            for byte in bytes {
                position.pointee = byte
                position += 1
            }
        }
        return position
    }
}
