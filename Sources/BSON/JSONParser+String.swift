extension JSON.Parser {
    /// Why a string ended where it should not; ``none`` where all is well.
    enum StringFault: UInt8 {
        case none, end, control, escape, surrogate, utf8

        var kind: JSONError.Kind {
            switch self {
            case .none, .end: .unexpectedEnd
            case .control: .controlCharacter
            case .escape: .invalidEscape
            case .surrogate: .loneSurrogate
            case .utf8: .invalidUTF8
            }
        }
    }

    /// How far copying came. A value of its own, not `inout` parameters: so the cursors stay in registers.
    struct StringEnd {
        /// Behind the closing quote, or at the byte that is wrong.
        var source: UnsafePointer<UInt8>
        /// Behind what was copied.
        var target: UnsafeMutablePointer<UInt8>
        var fault: StringFault
    }

    /// Copies a string's characters from `source`, behind its opening quote, to `target`, escapes resolved and UTF-8
    /// checked.
    ///
    /// Sixteen bytes at a time: each block is stored whole and scanned for a byte that needs a closer look (quote,
    /// backslash, control character, not ASCII); what was stored behind that byte is written over next.
    @inline(__always)
    static func copyString(
        _ source: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
    ) -> StringEnd {
        var from = source
        var to = target
        while true {
            if end - from >= 16 {
                let block = UnsafeRawPointer(from).loadUnaligned(as: SIMD16<Int8>.self)
                UnsafeMutableRawPointer(to).storeBytes(of: block, as: SIMD16<Int8>.self)
                let plain = indexOfSpecialByte(block)
                from += plain
                to += plain
                if plain == 16 { continue }
            } else if from == end {
                return StringEnd(source: from, target: to, fault: .end)
            }
            let byte = from.pointee
            if byte == UInt8(ascii: "\"") { return StringEnd(source: from + 1, target: to, fault: .none) }
            if byte == UInt8(ascii: "\\") {
                let escape = copyEscape(from, end, to)
                if escape.fault != .none { return escape }
                from = escape.source
                to = escape.target
            } else if byte >= 0x80 {
                // The whole run: where there is one such character, there are often more.
                repeat {
                    let length = lengthOfUTF8(from, end - from)
                    if length == 0 { return StringEnd(source: from, target: to, fault: .utf8) }
                    for index in 0..<length { to[index] = from[index] }
                    from += length
                    to += length
                } while from < end && from.pointee >= 0x80
            } else if byte < 0x20 {
                return StringEnd(source: from, target: to, fault: .control)
            } else {
                to.pointee = byte
                from += 1
                to += 1
            }
        }
    }

    /// The index of the first byte that is a quote, a backslash, below 0x20 or not ASCII; 16 where there is none.
    @inline(__always)
    private static func indexOfSpecialByte(_ block: SIMD16<Int8>) -> Int {
        // As signed numbers, bytes from 0x80 on are below 0x20 too.
        // (Vectors on both sides: comparing with a number is not compiled to vector instructions.)
        let controls = block .< SIMD16<Int8>(repeating: 0x20)
        let quotes = block .== SIMD16<Int8>(repeating: 0x22)
        let backslashes = block .== SIMD16<Int8>(repeating: 0x5C)
        let found = controls .| quotes .| backslashes
        let marks = unsafeBitCast(found, to: SIMD2<UInt64>.self)
        if marks[0] != 0 { return marks[0].littleEndian.trailingZeroBitCount &>> 3 }
        return 8 &+ marks[1].littleEndian.trailingZeroBitCount &>> 3
    }

    /// Bytes of the well-formed sequence of two to four bytes at `bytes`; 0 where there is none.
    @inline(__always)
    static func lengthOfUTF8(_ bytes: UnsafePointer<UInt8>, _ available: Int) -> Int {
        func isContinuation(_ index: Int) -> Bool { bytes[index] & 0xC0 == 0x80 }
        let first = bytes[0]
        if first < 0xE0 {
            return first >= 0xC2 && available >= 2 && isContinuation(1) ? 2 : 0
        }
        if first < 0xF0 {
            guard available >= 3, isContinuation(1), isContinuation(2) else { return 0 }
            if first == 0xE0, bytes[1] < 0xA0 { return 0 }
            if first == 0xED, bytes[1] >= 0xA0 { return 0 }
            return 3
        }
        guard first <= 0xF4, available >= 4, isContinuation(1), isContinuation(2), isContinuation(3) else { return 0 }
        if first == 0xF0, bytes[1] < 0x90 { return 0 }
        if first == 0xF4, bytes[1] >= 0x90 { return 0 }
        return 4
    }

    /// Resolves the escape at `source`, which stands at the backslash, and stays there where it is wrong.
    @inline(never)
    private static func copyEscape(
        _ source: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
    ) -> StringEnd {
        guard end - source >= 2 else { return StringEnd(source: end, target: target, fault: .end) }
        let byte: UInt8
        switch source[1] {
        case UInt8(ascii: "\""): byte = UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): byte = UInt8(ascii: "\\")
        case UInt8(ascii: "/"): byte = UInt8(ascii: "/")
        case UInt8(ascii: "b"): byte = 0x08
        case UInt8(ascii: "f"): byte = 0x0C
        case UInt8(ascii: "n"): byte = 0x0A
        case UInt8(ascii: "r"): byte = 0x0D
        case UInt8(ascii: "t"): byte = 0x09
        case UInt8(ascii: "u"): return copyUnicodeEscape(source, end, target)
        default: return StringEnd(source: source, target: target, fault: .escape)
        }
        target.pointee = byte
        return StringEnd(source: source + 2, target: target + 1, fault: .none)
    }

    private static func copyUnicodeEscape(
        _ source: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
    ) -> StringEnd {
        func failed(_ fault: StringFault) -> StringEnd { StringEnd(source: source, target: target, fault: fault) }
        guard let first = codeUnit(source, end) else { return failed(.escape) }
        var scalar = first
        var consumed = 6
        if first >= 0xDC00, first <= 0xDFFF { return failed(.surrogate) }
        if first >= 0xD800, first <= 0xDBFF {
            guard let second = codeUnit(source + 6, end), second >= 0xDC00, second <= 0xDFFF else {
                return failed(.surrogate)
            }
            scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
            consumed = 12
        }
        return StringEnd(source: source + consumed, target: target + writeUTF8(scalar, to: target), fault: .none)
    }

    /// The four hex digits of the `\u` escape at `source`; nil where there is none.
    private static func codeUnit(_ source: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt32? {
        guard end - source >= 6, source[0] == UInt8(ascii: "\\"), source[1] == UInt8(ascii: "u") else { return nil }
        var unit: UInt32 = 0
        for index in 2..<6 {
            guard let digit = hexDigit(source[index]) else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func writeUTF8(_ scalar: UInt32, to target: UnsafeMutablePointer<UInt8>) -> Int {
        func continuation(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar >> shift) & 0x3F }
        if scalar < 0x80 {
            target[0] = UInt8(truncatingIfNeeded: scalar)
            return 1
        }
        if scalar < 0x800 {
            target[0] = 0xC0 | UInt8(truncatingIfNeeded: scalar >> 6)
            target[1] = continuation(0)
            return 2
        }
        if scalar < 0x10000 {
            target[0] = 0xE0 | UInt8(truncatingIfNeeded: scalar >> 12)
            target[1] = continuation(6)
            target[2] = continuation(0)
            return 3
        }
        target[0] = 0xF0 | UInt8(truncatingIfNeeded: scalar >> 18)
        target[1] = continuation(12)
        target[2] = continuation(6)
        target[3] = continuation(0)
        return 4
    }
}
