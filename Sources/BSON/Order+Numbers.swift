import Glibc

extension Order {
    /// Both must be numbers.
    static func compareNumbers(_ left: RawValue, _ right: RawValue) -> Int {
        switch (Number(left), Number(right)) {
        case (.integer(let left), .integer(let right)): sign(left, right)
        case (.double(let left), .double(let right)): compare(left, right)
        case (.integer(let left), .double(let right)): compare(left, right)
        case (.double(let left), .integer(let right)): -compare(right, left)
        case (let left, let right): compare(ExactNumber(left), ExactNumber(right))
        }
    }

    enum Number {
        case integer(Int64)
        case double(Double)
        case decimal(Decimal128)

        init(_ value: RawValue) {
            switch value.tag {
            case 0x10: self = .integer(Int64(value.base.loadUnaligned(as: Int32.self)))
            case 0x12: self = .integer(value.base.loadUnaligned(as: Int64.self))
            case 0x13:
                let high = value.base.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                self = .decimal(Decimal128(low: value.base.loadUnaligned(as: UInt64.self), high: high))
            default: self = .double(value.base.loadUnaligned(as: Double.self))
            }
        }
    }

    static func compare(_ left: Double, _ right: Double) -> Int {
        if left < right { return -1 }
        if left > right { return 1 }
        if left == right { return 0 }
        return left.isNaN ? (right.isNaN ? 0 : -1) : 1
    }

    /// Exact, also where the integer has more than 53 bits.
    static func compare(_ left: Int64, _ right: Double) -> Int {
        if right.isNaN { return 1 }
        if right >= 0x1p63 { return -1 }
        if right < -0x1p63 { return 1 }
        let whole = Int64(right)
        if left != whole { return left < whole ? -1 : 1 }
        let fraction = right - Double(whole)
        return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
    }

    /// `coefficient · 2^binaryExponent · 10^decimalExponent`, or what is no such product.
    struct ExactNumber {
        /// NaN 0, -∞ 1, finite 2, +∞ 3.
        var kind: Int
        var isNegative = false
        var coefficient: UInt128 = 0
        var binaryExponent = 0
        var decimalExponent = 0

        init(_ number: Number) {
            kind = 2
            switch number {
            case .integer(let integer):
                isNegative = integer < 0
                coefficient = UInt128(integer.magnitude)
            case .double(let double):
                if double.isNaN {
                    kind = 0
                } else if double.isInfinite {
                    kind = double < 0 ? 1 : 3
                } else if double != 0 {
                    isNegative = double < 0
                    let exponent = max(Int(double.exponent), -1_022) - 52
                    coefficient = UInt128(scalbn(double.magnitude, Int32(-exponent)))
                    binaryExponent = exponent
                }
            case .decimal(let decimal):
                switch decimal.parts {
                case .notANumber: kind = 0
                case .infinity(let isNegative): kind = isNegative ? 1 : 3
                case .finite(let isNegative, let coefficient, let exponent):
                    self.isNegative = isNegative
                    self.coefficient = coefficient
                    decimalExponent = exponent
                }
            }
        }

        /// -1, 0, 1.
        var signum: Int { coefficient == 0 ? 0 : isNegative ? -1 : 1 }

        /// The decimal logarithm of the magnitude, off by far less than 1.
        var approximateLogarithm: Double {
            log10(Double(coefficient)) + Double(binaryExponent) * 0.301_029_995_663_981_2 + Double(decimalExponent)
        }
    }

    static func compare(_ left: ExactNumber, _ right: ExactNumber) -> Int {
        if left.kind != right.kind || left.kind != 2 { return sign(left.kind, right.kind) }
        if left.signum != right.signum || left.signum == 0 { return sign(left.signum, right.signum) }
        let order = compareMagnitudes(left, right)
        return left.isNegative ? -order : order
    }

    private static func compareMagnitudes(_ left: ExactNumber, _ right: ExactNumber) -> Int {
        let difference = left.approximateLogarithm - right.approximateLogarithm
        if difference > 1 { return 1 }
        if difference < -1 { return -1 }
        // Being close, their exponents differ little or one is a double's, so the products below stay small.
        var leftProduct = BigNatural(left.coefficient)
        var rightProduct = BigNatural(right.coefficient)
        let binary = left.binaryExponent - right.binaryExponent
        let decimal = left.decimalExponent - right.decimalExponent
        if binary > 0 { leftProduct.shiftLeft(by: binary) } else { rightProduct.shiftLeft(by: -binary) }
        if decimal > 0 {
            leftProduct.multiply(byPowerOfTen: decimal)
        } else {
            rightProduct.multiply(byPowerOfTen: -decimal)
        }
        return BigNatural.compare(leftProduct, rightProduct)
    }
}
