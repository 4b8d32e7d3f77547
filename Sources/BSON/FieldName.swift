/// What can name an element: `String`, `StaticString`, or UTF-8 in memory.
public protocol FieldName {
    var nameByteCount: Int { get }
    /// Writes the bytes without a terminator.
    func writeName(to start: UnsafeMutableRawPointer)
}

extension StaticString: FieldName {
    @inlinable public var nameByteCount: Int { utf8CodeUnitCount }
    @inlinable public func writeName(to start: UnsafeMutableRawPointer) {
        start.copyMemory(from: utf8Start, byteCount: utf8CodeUnitCount)
    }
}

extension String: FieldName {
    @inlinable public var nameByteCount: Int { utf8.count }

    /// A zero byte, which no BSON name can hold, becomes U+001A (SUBSTITUTE).
    @inlinable public func writeName(to start: UnsafeMutableRawPointer) {
        var text = self
        text.withUTF8 { bytes in
            guard let from = bytes.baseAddress else { return }
            start.copyMemory(from: from, byteCount: bytes.count)
            for index in 0..<bytes.count where bytes[index] == 0 {
                start.storeBytes(of: 0x1A, toByteOffset: index, as: UInt8.self)
            }
        }
    }
}

extension UnsafeRawBufferPointer: FieldName {
    @inlinable public var nameByteCount: Int { count }

    /// The bytes must hold no zero byte.
    @inlinable public func writeName(to start: UnsafeMutableRawPointer) {
        assert(!contains(0), "a BSON name holds no zero byte")
        if let baseAddress { start.copyMemory(from: baseAddress, byteCount: count) }
    }
}
