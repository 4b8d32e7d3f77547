/// The offset of the first byte that is no valid UTF-8 (RFC 3629: no surrogates, no overlong forms), or nil.
///
/// Performance: ASCII goes eight bytes at a time.
@inline(__always) func firstInvalidUTF8(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    var index = 0
    while bytes.count &- index >= 8 {
        if base.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { break }
        index &+= 8
    }
    while index < bytes.count {
        if base.load(fromByteOffset: index, as: UInt8.self) >= 0x80 { return firstInvalidUTF8(bytes, from: index) }
        index &+= 1
    }
    return nil
}

/// The same, for text that is not all ASCII.
private func firstInvalidUTF8(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var index = start
    let count = bytes.count
    while index < count {
        let lead = bytes[index]
        if lead < 0x80 {
            index += 1
            continue
        }
        let length: Int
        var lowest: UInt8 = 0x80
        var highest: UInt8 = 0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, lowest) = (3, 0xA0)
        case 0xED: (length, highest) = (3, 0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, lowest) = (4, 0x90)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, highest) = (4, 0x8F)
        default: return index
        }
        guard index + length <= count, bytes[index + 1] >= lowest, bytes[index + 1] <= highest else { return index }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return index }
        index += length
    }
    return nil
}
