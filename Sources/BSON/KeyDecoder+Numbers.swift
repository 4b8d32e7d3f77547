extension KeyDecoder {
    mutating func number(_ lead: UInt8) -> Value? {
        switch lead {
        case KeyLead.notANumber: return .double(.nan)
        case KeyLead.negativeInfinity: return .double(-.infinity)
        case KeyLead.positiveInfinity: return .double(.infinity)
        case KeyLead.zero: return .int32(0)
        case KeyLead.negativeLarge, KeyLead.negativeSmall: return inverted { $0.wide(isNegative: true) }
        case KeyLead.positiveLarge, KeyLead.positiveSmall: return wide(isNegative: false)
        case ..<KeyLead.zero:
            return inverted { $0.mixed(byteCount: Int(KeyLead.negativeSmall - lead), isNegative: true) }
        default: return mixed(byteCount: Int(lead - KeyLead.positiveSmall), isNegative: false)
        }
    }

    /// Reads what follows the lead of a negative number.
    private mutating func inverted(_ read: (inout KeyDecoder) -> Value?) -> Value? {
        var other = KeyDecoder(bytes: bytes.map { ~$0 }, end: end, position: position)
        let value = read(&other)
        position = other.position
        return value
    }

    private mutating func wide(isNegative: Bool) -> Value? {
        guard let bits = bigEndian(8), let tail = byte() else { return nil }
        if tail == 1 { return decimal(isNegative: isNegative) }
        let magnitude = Double(bitPattern: bits)
        guard tail == 0, magnitude.isFinite else { return nil }
        return .double(isNegative ? -magnitude : magnitude)
    }

    private mutating func mixed(byteCount: Int, isNegative: Bool) -> Value? {
        guard let shifted = bigEndian(byteCount) else { return nil }
        let whole = shifted >> 1
        if shifted & 1 == 0 {
            let integer = isNegative ? -Int64(whole) : Int64(whole)
            return Int32(exactly: integer).map { .int32($0) } ?? .int64(integer)
        }
        guard let fraction = bigEndian(7), let tail = byte() else { return nil }
        if tail == 1 { return decimal(isNegative: isNegative) }
        guard tail == 0 else { return nil }
        if let wholeDouble = Double(exactly: whole) {
            let fractionDouble = Double(fraction) / 0x1p56
            let sum = wholeDouble + fractionDouble
            if sum - wholeDouble == fractionDouble { return .double(isNegative ? -sum : sum) }
        }
        // Exact in 56 bits after the point but no double: a decimal such as 9007199254740993.5.
        var text = "\(isNegative ? "-" : "")\(whole)."
        var rest = UInt128(fraction)
        while rest != 0 {
            rest *= 10
            text += "\(rest >> 56)"
            rest &= 1 << 56 - 1
        }
        return Decimal128(text).map { .decimal128($0) }
    }

    /// The tail of a decimal that no double equals.
    private mutating func decimal(isNegative: Bool) -> Value? {
        guard let biased = bigEndian(2), let pairs = terminated() else { return nil }
        var digits = ""
        for pair in pairs {
            guard pair <= 100 else { return nil }
            digits += "\((pair - 1) / 10)\((pair - 1) % 10)"
        }
        while digits.last == "0" { digits.removeLast() }
        guard !digits.isEmpty, digits.count <= 34 else { return nil }
        let exponent = Int(biased) - 0x8000 - digits.count + 1
        return Decimal128("\(isNegative ? "-" : "")\(digits)E\(exponent)").map { .decimal128($0) }
    }
}
