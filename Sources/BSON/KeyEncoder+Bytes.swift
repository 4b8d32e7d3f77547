extension KeyEncoder {
    /// Appends `count` bytes that `body` writes.
    @inline(__always) static func extend(
        _ key: inout [UInt8], by count: Int, _ body: (UnsafeMutableRawPointer) -> Void
    ) {
        key.append(addingCapacity: count) { span in
            span.withUnsafeMutableBufferPointer { buffer, initialized in
                body(UnsafeMutableRawPointer(buffer.baseAddress.unsafelyUnwrapped) + initialized)
                initialized += count
            }
        }
    }

    /// Appends `lead` and the first `count` bytes of `word`, most significant first.
    @inline(__always) static func append(
        _ lead: UInt8, _ word: UInt64, count: Int, _ descending: Bool, into key: inout [UInt8]
    ) {
        let mask: UInt64 = descending ? .max : 0
        let bytes = word.bigEndian
        if count == 0 { return key.append(lead ^ UInt8(truncatingIfNeeded: mask)) }
        // Nine bytes are written whatever the count; those past it are written over by what comes next.
        key.append(addingCapacity: 9) { span in
            span.withUnsafeMutableBufferPointer { buffer, initialized in
                let start = UnsafeMutableRawPointer(buffer.baseAddress.unsafelyUnwrapped) + initialized
                start.storeBytes(of: lead ^ UInt8(truncatingIfNeeded: mask), as: UInt8.self)
                start.storeBytes(of: bytes ^ mask, toByteOffset: 1, as: UInt64.self)
                initialized += count &+ 1
            }
        }
    }

    static func encodeObjectID(at base: UnsafeRawPointer, _ descending: Bool, into key: inout [UInt8]) {
        let mask: UInt64 = descending ? .max : 0
        let head = base.loadUnaligned(as: UInt64.self)
        let tail = base.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
        extend(&key, by: 13) { start in
            start.storeBytes(of: KeyLead.objectID ^ UInt8(truncatingIfNeeded: mask), as: UInt8.self)
            start.storeBytes(of: head ^ mask, toByteOffset: 1, as: UInt64.self)
            start.storeBytes(of: tail ^ UInt32(truncatingIfNeeded: mask), toByteOffset: 9, as: UInt32.self)
        }
    }

    static func appendBigEndian(_ word: UInt64, count: Int, into key: inout [UInt8]) {
        let bytes = (word << UInt64(8 * (8 - count))).bigEndian
        withUnsafeBytes(of: bytes) { key.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The bytes with those under 2 escaped, and 0x00.
    static func appendEscaped(_ text: UnsafeRawBufferPointer, into key: inout [UInt8]) {
        if !hasLowByte(text) {
            let count = text.count
            return extend(&key, by: count &+ 1) { start in
                if let base = text.baseAddress { start.copyMemory(from: base, byteCount: count) }
                start.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
            }
        }
        for byte in text {
            if byte < 2 {
                key.append(1)
                key.append(byte + 1)
            } else {
                key.append(byte)
            }
        }
        key.append(0)
    }

    private static func hasLowByte(_ text: UnsafeRawBufferPointer) -> Bool {
        guard var position = text.baseAddress else { return false }
        let end = position + text.count
        while end - position >= 8 {
            let word = position.loadUnaligned(as: UInt64.self)
            if (word &- 0x0202_0202_0202_0202) & ~word & 0x8080_8080_8080_8080 != 0 { return true }
            position += 8
        }
        while position < end {
            if position.load(as: UInt8.self) < 2 { return true }
            position += 1
        }
        return false
    }

    /// The uncut, ascending encoding of a value of any type.
    static func encodeWhole(_ value: RawValue, into key: inout [UInt8]) {
        switch value.type {
        case .double: encode(value.base.loadUnaligned(as: Double.self), into: &key)
        case .decimal128: if let decimal = value.decimal128 { encode(decimal, into: &key) }
        case .int32: encode(Int64(value.base.loadUnaligned(as: Int32.self)), into: &key)
        case .int64: encode(value.base.loadUnaligned(as: Int64.self), into: &key)
        case .string, .symbol:
            key.append(KeyLead.string)
            appendEscaped(value.text, into: &key)
        case .javascript:
            key.append(KeyLead.javascript)
            appendEscaped(value.text, into: &key)
        case .document:
            key.append(KeyLead.document)
            appendDocument(RawDocument(value.base), into: &key)
        case .array:
            key.append(KeyLead.array)
            var elements = RawDocument(value.base).elements
            while let element = elements.next() { encodeWhole(element.value, into: &key) }
            key.append(0)
        case .binary:
            guard let binary = value.binary else { return }
            key.append(KeyLead.binary)
            appendBigEndian(UInt64(binary.bytes.count), count: 4, into: &key)
            key.append(binary.subtype)
            key.append(contentsOf: binary.bytes)
        case .objectID: encodeObjectID(at: value.base, false, into: &key)
        case .bool: encode(value.base.load(as: UInt8.self) != 0, into: &key)
        case .dateTime: encode(DateTime(milliseconds: value.base.loadUnaligned(as: Int64.self)), into: &key)
        case .timestamp:
            append(KeyLead.timestamp, value.base.loadUnaligned(as: UInt64.self), count: 8, false, into: &key)
        case .regex:
            key.append(KeyLead.regex)
            key.append(contentsOf: value.bytes)
        case .dbPointer:
            key.append(KeyLead.dbPointer)
            appendBigEndian(UInt64(value.int32(at: 0)), count: 4, into: &key)
            key.append(contentsOf: UnsafeRawBufferPointer(rebasing: value.bytes[4...]))
        case .javascriptWithScope:
            key.append(KeyLead.javascriptWithScope)
            appendEscaped(value.scopedCode.code, into: &key)
            appendDocument(value.scopedCode.scope, into: &key)
        case .undefined: key.append(KeyLead.undefined)
        case .null: key.append(KeyLead.null)
        case .minKey: key.append(KeyLead.minKey)
        case .maxKey: key.append(KeyLead.maxKey)
        }
    }

    private static func appendDocument(_ document: RawDocument, into key: inout [UInt8]) {
        var elements = document.elements
        while let element = elements.next() {
            key.append(Order.rank(element.value.tag))
            key.append(contentsOf: element.name)
            key.append(0)
            encodeWhole(element.value, into: &key)
        }
        key.append(0)
    }
}
