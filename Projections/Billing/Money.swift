/// Sums of amounts as people wrote them: what is added is the shortest decimal that reads back as the same double, so
/// that 0.1 and 0.2 make 0.3.
enum Money {
    /// The exact sum, rounded once; amounts too far apart for 128 bits are added as doubles.
    static func sum(_ a: Double, _ b: Double) -> Double {
        guard let first = Decimal(a), let second = Decimal(b) else { return a + b }
        let exponent = min(first.exponent, second.exponent)
        guard let left = first.digits(at: exponent), let right = second.digits(at: exponent) else { return a + b }
        let (total, overflow) = left.addingReportingOverflow(right)
        return overflow ? a + b : Double("\(total)e\(exponent)") ?? a + b
    }

    static func difference(_ a: Double, _ b: Double) -> Double { sum(a, -b) }

    /// `digits * 10^exponent`
    private struct Decimal {
        private let digits: Int128
        let exponent: Int

        /// From the shortest text of the double; `nil` where it is not finite.
        init?(_ number: Double) {
            guard number.isFinite else { return nil }
            var digits: Int128 = 0
            var exponent = 0
            var isFraction = false
            let parts = number.description.split(separator: "e")
            for byte in parts[0].utf8 {
                switch byte {
                case 0x2E: isFraction = true
                case 0x30...0x39:
                    // At most 17 digits and the zeros that a text without exponent has: well within 128 bits.
                    digits = digits * 10 + Int128(byte - 0x30)
                    if isFraction { exponent -= 1 }
                default: break
                }
            }
            if parts.count > 1 { exponent += Int(parts[1]) ?? 0 }
            self.digits = number.sign == .minus ? -digits : digits
            self.exponent = exponent
        }

        /// The digits for another, lower exponent; `nil` where they do not fit.
        func digits(at lower: Int) -> Int128? {
            guard exponent - lower <= 38 else { return digits == 0 ? 0 : nil }
            var result = digits
            for _ in 0..<(exponent - lower) {
                let (product, overflow) = result.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                result = product
            }
            return result
        }
    }
}
