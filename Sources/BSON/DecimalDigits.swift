/// The magnitude of a finite decimal that is not 0: `coefficient · 10^exponent`, the coefficient not divisible by 10.
struct DecimalDigits {
    let coefficient: UInt128
    let exponent: Int

    init(coefficient: UInt128, exponent: Int) {
        var coefficient = coefficient
        var exponent = exponent
        while coefficient != 0, coefficient % 10 == 0 {
            coefficient /= 10
            exponent += 1
        }
        self.coefficient = coefficient
        self.exponent = exponent
    }

    /// The digits of the coefficient, most significant first.
    var digits: [UInt8] {
        var digits: [UInt8] = []
        var rest = coefficient
        while rest > 0 {
            digits.append(UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        return digits.reversed()
    }

    private static func powerOfTen(_ exponent: Int) -> UInt128 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// The number without its fraction; nil where that is 2^127 or more.
    var whole: UInt128? {
        if exponent < 0 { return exponent < -34 ? 0 : coefficient / DecimalDigits.powerOfTen(-exponent) }
        if exponent > 38 { return nil }
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: DecimalDigits.powerOfTen(exponent))
        return overflow || product >> 127 != 0 ? nil : product
    }

    /// The first 56 bits after the point. Only for numbers of at least 1 with a fraction, so of at most 34 digits after it.
    var fraction56: (bits: UInt64, isExact: Bool) {
        var quotient = BigNatural(coefficient % DecimalDigits.powerOfTen(-exponent))
        quotient.shiftLeft(by: 56)
        let isInexact = quotient.divide(byPowerOfTen: -exponent)
        return (quotient.uint64, !isInexact)
    }

    /// The largest double that is not above the number.
    var floorDouble: (double: Double, isExact: Bool) {
        let magnitude = digits.count + exponent
        if magnitude > 310 { return (.greatestFiniteMagnitude, false) }
        if magnitude < -330 { return (0, false) }
        var number = BigNatural(coefficient)
        var shift = 0
        var isInexact = false
        if exponent >= 0 {
            number.multiply(byPowerOfTen: exponent)
        } else {
            // Enough bits for a quotient of more than 53, but none below a double's last.
            shift = min(1_074, max(0, -exponent * 10 / 3 + 70 - number.bitLength))
            number.shiftLeft(by: shift)
            isInexact = number.divide(byPowerOfTen: -exponent)
        }
        let surplus = number.bitLength - 53
        if surplus > 0 {
            isInexact = number.shiftRight(by: surplus) || isInexact
            shift -= surplus
        }
        // 2^1024 and above have an exponent no double has.
        if number.bitLength - shift > 1_024 { return (.greatestFiniteMagnitude, false) }
        let double = Double(sign: .plus, exponent: -shift, significand: Double(number.uint64))
        return (double, !isInexact)
    }

    /// The decimal exponent of the first digit + 0x8000, two digits a byte + 1, 0x00.
    func append(to key: inout [UInt8]) {
        let digits = self.digits
        KeyEncoder.appendBigEndian(UInt64(exponent + digits.count - 1 + 0x8000), count: 2, into: &key)
        for index in stride(from: 0, to: digits.count, by: 2) {
            let second = index + 1 < digits.count ? digits[index + 1] : 0
            key.append(digits[index] * 10 + second + 1)
        }
        key.append(0)
    }
}
