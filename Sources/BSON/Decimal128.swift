import CBSON

/// An IEEE 754-2008 128-bit decimal, as its bits. Equality is that of the bits: `1.0` and `1.00` differ.
@frozen public struct Decimal128: Hashable, Sendable {
    public let low: UInt64
    public let high: UInt64

    @inlinable public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Reads decimal text such as `1.20`, `-3E+7`, `Infinity`, `NaN`; nil where it is none or does not fit exactly.
    public init?(_ text: String) {
        var decimal = bson_decimal128_t()
        var text = text
        let isValid = text.withUTF8 { bytes in
            guard let start = bytes.baseAddress, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                bson_decimal128_from_string_w_len($0, Int32(clamping: bytes.count), &decimal)
            }
        }
        guard isValid else { return nil }
        self.init(low: decimal.low, high: decimal.high)
    }
}

extension Decimal128: CustomStringConvertible {
    /// The text MongoDB shows: plain where the exponent is small, else scientific.
    public var description: String {
        var decimal = bson_decimal128_t()
        decimal.low = low
        decimal.high = high
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            guard let start = text.baseAddress else { return "" }
            start.initialize(repeating: 0, count: 64)  // BSON_DECIMAL128_STRING is 43
            bson_decimal128_to_string(&decimal, start)
            return String(cString: start)
        }
    }
}
