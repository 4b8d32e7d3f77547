extension JSON.Writer {
    @inline(__always)
    mutating func append(_ literal: StaticString) {
        text.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a string with its quotes. Only what RFC 8259 demands is escaped: quote, backslash and what is below 0x20.
    @inline(__always)
    mutating func appendString(_ utf8: UnsafeRawBufferPointer) {
        text.append(UInt8(ascii: "\""))
        if let start = utf8.baseAddress { appendEscaped(start, start + utf8.count) }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) {
        var runStart = start
        var at = start
        while at < end {
            if end - at >= 8 {
                let marks = Self.marksOfEscapedBytes(UInt64(littleEndian: at.loadUnaligned(as: UInt64.self)))
                if marks == 0 {
                    at += 8
                    continue
                }
                at += marks.trailingZeroBitCount &>> 3
            }
            let byte = at.load(as: UInt8.self)
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                text.append(contentsOf: UnsafeRawBufferPointer(start: runStart, count: at - runStart))
                appendEscape(byte)
                runStart = at + 1
            }
            at += 1
        }
        text.append(contentsOf: UnsafeRawBufferPointer(start: runStart, count: end - runStart))
    }

    /// The high bit of every byte that needs an escape; only the lowest one set is sure to be right.
    @inline(__always)
    private static func marksOfEscapedBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let found =
            ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
            | ((word &- ones &* 0x20) & ~word)
        return found & (ones &* 0x80)
    }

    @inline(never)
    private mutating func appendEscape(_ byte: UInt8) {
        text.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(byte)
        case 0x08: text.append(UInt8(ascii: "b"))
        case 0x09: text.append(UInt8(ascii: "t"))
        case 0x0A: text.append(UInt8(ascii: "n"))
        case 0x0C: text.append(UInt8(ascii: "f"))
        case 0x0D: text.append(UInt8(ascii: "r"))
        default:
            append("u00")
            appendHex(byte)
        }
    }

    mutating func appendHex(_ byte: UInt8) {
        func digit(_ nibble: UInt8) -> UInt8 {
            nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
        }
        text.append(digit(byte >> 4))
        text.append(digit(byte & 15))
    }

    mutating func appendHex(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { appendHex(byte) }
    }

    mutating func appendInteger(_ value: Int64) {
        if value < 0 { text.append(UInt8(ascii: "-")) }
        appendDigits(value.magnitude)
    }

    mutating func appendDigits(_ value: UInt64) {
        if value < 10 {
            text.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var position = 20
            var rest = value
            repeat {
                position -= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                digits[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            text.append(contentsOf: UnsafeBufferPointer(rebasing: digits[position...]))
        }
    }

    /// A finite double: the shortest digits that give it back, with a fraction or an exponent so that it stays a double.
    mutating func appendDouble(_ value: Double) {
        // Below 2^53 the shortest digits of a whole number are its own; -0.0 goes the long way for its sign.
        if value.magnitude < 0x1p53, let whole = Int64(exactly: value), value != 0 || value.sign == .plus {
            appendInteger(whole)
            append(".0")
            return
        }
        var description = value.description
        description.withUTF8 { text.append(contentsOf: $0) }
    }

    /// RFC 3339 in UTC; the years 0 to 9999 only.
    mutating func appendDate(_ date: DateTime, omitsZeroMilliseconds: Bool) {
        func appendPadded(_ number: Int64, _ digits: Int) {
            var divisor: Int64 = digits == 4 ? 1000 : digits == 3 ? 100 : 10
            while divisor > 0 {
                text.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        }
        let day = CivilDate(dayNumber: date.day)
        let time = date.millisecondOfDay
        appendPadded(day.year, 4)
        text.append(UInt8(ascii: "-"))
        appendPadded(day.month, 2)
        text.append(UInt8(ascii: "-"))
        appendPadded(day.day, 2)
        text.append(UInt8(ascii: "T"))
        appendPadded(time / 3_600_000, 2)
        text.append(UInt8(ascii: ":"))
        appendPadded(time / 60_000 % 60, 2)
        text.append(UInt8(ascii: ":"))
        appendPadded(time / 1000 % 60, 2)
        if time % 1000 != 0 || !omitsZeroMilliseconds {
            text.append(UInt8(ascii: "."))
            appendPadded(time % 1000, 3)
        }
        text.append(UInt8(ascii: "Z"))
    }
}
