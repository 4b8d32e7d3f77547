extension JSON.Parser {
    enum Number {
        case integer(Int64)
        case double(Double)
        case fault(JSONError.Kind)
    }

    /// A number, and where it ends or is wrong.
    struct NumberEnd {
        var value: Number
        var end: UnsafePointer<UInt8>

        init(_ value: Number, _ end: UnsafePointer<UInt8>) {
            self.value = value
            self.end = end
        }
    }

    /// Reads the number at `start` (RFC 8259 section 6).
    ///
    /// Doubles are correctly rounded: up to 2^53 times or divided by a power of ten that a double holds exactly is one
    /// rounding (Clinger 1990); all others go through the standard library.
    @inline(__always)
    static func readNumber(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, maxLength: Int
    ) -> NumberEnd {
        var at = start
        let isNegative = at.pointee == UInt8(ascii: "-")
        if isNegative { at += 1 }

        // The digits so far as an integer; exact up to 19 of them.
        var mantissa: UInt64 = 0
        var exponent = 0
        let firstDigit = at
        while at < end, let digit = decimalDigit(at.pointee) {
            mantissa = mantissa &* 10 &+ digit
            at += 1
        }
        var digits = at - firstDigit
        if digits == 0 { return NumberEnd(.fault(at == end ? .unexpectedEnd : .invalidNumber), at) }
        if digits > 1, firstDigit.pointee == UInt8(ascii: "0") {
            return NumberEnd(.fault(.invalidNumber), firstDigit)
        }

        let isInteger = at == end || !continuesNumber(at.pointee)
        if !isInteger, let fault = readFractionAndExponent(&at, end, &mantissa, &digits, &exponent) {
            return NumberEnd(.fault(fault), at)
        }
        if at - start > maxLength {
            return NumberEnd(.fault(.numberTooLong), start)
        }
        if isInteger {
            // The sign of -0 has no place in an integer.
            if digits <= 19, mantissa <= UInt64(Int64.max) {
                let magnitude = Int64(bitPattern: mantissa)
                return NumberEnd(.integer(isNegative ? 0 &- magnitude : magnitude), at)
            }
            if digits == 19, isNegative, mantissa == 1 &<< 63 { return NumberEnd(.integer(.min), at) }
        }
        if digits <= 19, mantissa <= 1 &<< 53, exponent >= -22, exponent <= 22 {
            let magnitude =
                exponent < 0
                ? Double(mantissa) / powerOfTen(-exponent) : Double(mantissa) * powerOfTen(exponent)
            return NumberEnd(.double(isNegative ? -magnitude : magnitude), at)
        }
        let value = roundedDouble(start, byteCount: at - start)
        if !value.isFinite {
            return NumberEnd(.fault(.numberOutOfRange), start)
        }
        return NumberEnd(.double(value), at)
    }

    /// Continues `mantissa`, `digits` and `exponent`; nil where all is well.
    @inline(__always)
    private static func readFractionAndExponent(
        _ at: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>,
        _ mantissa: inout UInt64, _ digits: inout Int, _ exponent: inout Int
    ) -> JSONError.Kind? {
        if at.pointee == UInt8(ascii: ".") {
            at += 1
            let first = at
            // Zeros before the first other digit take no room in the mantissa.
            if digits == 1, mantissa == 0 { digits = 0 }
            while at < end, let digit = decimalDigit(at.pointee) {
                mantissa = mantissa &* 10 &+ digit
                if digits != 0 || digit != 0 { digits &+= 1 }
                at += 1
            }
            if at == first { return at == end ? .unexpectedEnd : .invalidNumber }
            exponent = first - at
        }
        if at < end, at.pointee | 0x20 == UInt8(ascii: "e") {
            at += 1
            var isNegative = false
            if at < end, at.pointee == UInt8(ascii: "-") || at.pointee == UInt8(ascii: "+") {
                isNegative = at.pointee == UInt8(ascii: "-")
                at += 1
            }
            let first = at
            var value = 0
            while at < end, let digit = decimalDigit(at.pointee) {
                // Larger ones only have to stay large.
                if value < 100_000 { value = value &* 10 &+ Int(digit) }
                at += 1
            }
            if at == first { return at == end ? .unexpectedEnd : .invalidNumber }
            exponent &+= isNegative ? -value : value
        }
        return nil
    }

    @inline(__always)
    private static func decimalDigit(_ byte: UInt8) -> UInt64? {
        let digit = byte &- UInt8(ascii: "0")
        return digit <= 9 ? UInt64(digit) : nil
    }

    @inline(__always)
    static func isDecimalDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

    @inline(__always)
    private static func continuesNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
    }

    /// Exact, as 10^22 = 2^22 * 5^22 and 5^22 < 2^53. `exponent` in 0...22.
    @inline(__always)
    private static func powerOfTen(_ exponent: Int) -> Double {
        powersOfTen[exponent]
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// The standard library's reading, correctly rounded as `strtod`'s is, but blind to the process's locale, which may
    /// have a decimal comma. `source` has been checked; what overflows is infinite.
    @inline(never)
    private static func roundedDouble(_ source: UnsafePointer<UInt8>, byteCount: Int) -> Double {
        let text = String(decoding: UnsafeBufferPointer(start: source, count: byteCount), as: UTF8.self)
        return Double(text) ?? .nan
    }
}
