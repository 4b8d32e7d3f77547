extension KeyEncoder {
    /// Encodes a double; integral ones as the integer they are.
    public static func encode(_ number: Double, descending: Bool = false, into key: inout [UInt8]) {
        let magnitude = number.magnitude
        if magnitude >= 1 && magnitude < 0x1p63 {
            let whole = UInt64(magnitude)
            let fraction = magnitude - Double(whole)
            if fraction == 0 {
                let integer = Int64(bitPattern: whole)
                return encode(number < 0 ? -integer : integer, descending: descending, into: &key)
            }
            let start = key.count
            appendMixed(whole: whole, fraction: UInt64(fraction * 0x1p56), isNegative: number < 0, into: &key)
            endNumber(from: start, tail: nil, isNegative: number < 0, descending, in: &key)
        } else if magnitude == 0 {
            append(KeyLead.zero, 0, count: 0, descending, into: &key)
        } else if number.isNaN {
            append(KeyLead.notANumber, 0, count: 0, descending, into: &key)
        } else if number.isInfinite {
            append(
                number < 0 ? KeyLead.negativeInfinity : KeyLead.positiveInfinity, 0, count: 0, descending, into: &key)
        } else {
            encodeWide(magnitude, isNegative: number < 0, descending, into: &key)
        }
    }

    /// A number with a fraction, from 1 below 2^63, without its tail.
    private static func appendMixed(whole: UInt64, fraction: UInt64, isNegative: Bool, into key: inout [UInt8]) {
        let shifted = whole << 1 | 1
        let count = 8 - shifted.leadingZeroBitCount >> 3
        key.append(isNegative ? KeyLead.negative(byteCount: count) : KeyLead.positive(byteCount: count))
        appendBigEndian(shifted, count: count, into: &key)
        appendBigEndian(fraction, count: 7, into: &key)
    }

    /// A magnitude under 1 or from 2^63 that is exactly a double.
    static func encodeWide(_ magnitude: Double, isNegative: Bool, _ descending: Bool, into key: inout [UInt8]) {
        let start = key.count
        appendWide(magnitude, isNegative: isNegative, isLarge: magnitude >= 1, into: &key)
        endNumber(from: start, tail: nil, isNegative: isNegative, descending, in: &key)
    }

    private static func appendWide(_ floor: Double, isNegative: Bool, isLarge: Bool, into key: inout [UInt8]) {
        if isLarge {
            key.append(isNegative ? KeyLead.negativeLarge : KeyLead.positiveLarge)
        } else {
            key.append(isNegative ? KeyLead.negativeSmall : KeyLead.positiveSmall)
        }
        appendBigEndian(floor.bitPattern, count: 8, into: &key)
    }

    /// Appends the tail and inverts what has to be: all after the lead of a negative number, and once more all of a descending
    /// component.
    private static func endNumber(
        from start: Int, tail: DecimalDigits?, isNegative: Bool, _ descending: Bool, in key: inout [UInt8]
    ) {
        if let tail {
            key.append(1)
            tail.append(to: &key)
        } else {
            key.append(0)
        }
        if isNegative { for index in start + 1..<key.count { key[index] = ~key[index] } }
        if descending { for index in start..<key.count { key[index] = ~key[index] } }
    }

    /// Encodes a decimal; one that equals an integer or a double as that.
    public static func encode(_ decimal: Decimal128, descending: Bool = false, into key: inout [UInt8]) {
        let isNegative: Bool
        let digits: DecimalDigits
        switch decimal.parts {
        case .notANumber: return append(KeyLead.notANumber, 0, count: 0, descending, into: &key)
        case .infinity(let isNegative):
            let lead = isNegative ? KeyLead.negativeInfinity : KeyLead.positiveInfinity
            return append(lead, 0, count: 0, descending, into: &key)
        case .finite(_, 0, _): return append(KeyLead.zero, 0, count: 0, descending, into: &key)
        case .finite(let negative, let coefficient, let exponent):
            isNegative = negative
            digits = DecimalDigits(coefficient: coefficient, exponent: exponent)
        }

        let whole = digits.whole
        if let whole, whole >= 1, whole < 1 << 63, digits.exponent >= 0 {
            let integer = Int64(whole)
            return encode(isNegative ? -integer : integer, descending: descending, into: &key)
        }
        let start = key.count
        let isExact: Bool
        if let whole, whole >= 1, whole < 1 << 63 {
            let fraction = digits.fraction56
            appendMixed(whole: UInt64(whole), fraction: fraction.bits, isNegative: isNegative, into: &key)
            isExact = fraction.isExact
        } else {
            let floor = digits.floorDouble
            appendWide(floor.double, isNegative: isNegative, isLarge: whole != 0, into: &key)
            isExact = floor.isExact
        }
        endNumber(from: start, tail: isExact ? nil : digits, isNegative: isNegative, descending, in: &key)
    }
}
