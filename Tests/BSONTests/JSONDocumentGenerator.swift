import BSON

/// Documents of every BSON type, the same for the same seed.
struct JSONDocumentGenerator {
    private var state: UInt64
    /// Leaves out what libbson 1.23 itself gets wrong: it loses the names of JavaScript and DBPointers in arrays and
    /// scopes when it reads them, and writes dates after the year 9999 as relaxed text with five-digit years.
    private let isForLibbson: Bool
    private var isInArrayOrScope = false

    init(seed: UInt64, isForLibbson: Bool = false) {
        state = seed
        self.isForLibbson = isForLibbson
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func document(depth: Int = 0) -> Document {
        // Now and then one wide enough for the parser's table of names.
        let count = below(40) == 0 ? 60 : below(depth == 0 ? 12 : 5)
        var document = Document()
        for index in 0..<count { document.append("\(text(longest: 9))\(index)", value(depth: depth + 1)) }
        return document
    }

    mutating func value(depth: Int) -> Value {
        switch below(depth < 5 ? 24 : 21) {
        case 0: return .double(double())
        case 1, 2, 3: return .string(text(longest: 40))
        case 4: return .binary(below(2) == 0 ? 0 : 0x80, bytes(below(20)))
        case 5: return .binary(4, bytes(16))
        case 6: return .undefined
        case 7: return .objectID(ObjectID(seconds: UInt32(truncatingIfNeeded: next()), rest: next()))
        case 8: return .bool(below(2) == 0)
        case 9:
            let years10000: UInt64 = 253_402_300_800_000
            let milliseconds = Int64(next() % (isForLibbson ? years10000 : 2 * years10000))
            return .dateTime(DateTime(milliseconds: below(4) == 0 ? -milliseconds : milliseconds))
        case 10: return .dateTime(DateTime(milliseconds: Int64(next() % 4_000_000_000) * 1000))
        case 11: return .null
        case 12: return .regex(text(longest: 10).filter { $0 != "\0" }, ["", "i", "imx"][below(3)])
        case 13: return isInArrayOrScope && isForLibbson ? .null : .dbPointer("a.b", ObjectID(seconds: 7, rest: next()))
        case 14: return isInArrayOrScope && isForLibbson ? .null : .javascript(text(longest: 10))
        case 15: return .symbol(text(longest: 10))
        case 16: return .int32(Int32(truncatingIfNeeded: next()) >> Int32(below(31)))
        case 17: return .timestamp(next())
        case 18: return .int64(Int64(truncatingIfNeeded: next()) >> Int64(below(63)))
        case 19: return .decimal128(Decimal128("\(Int64(truncatingIfNeeded: next()))E\(below(60) - 30)") ?? zero)
        case 20: return below(2) == 0 ? .minKey : .maxKey
        case 21: return .document(document(depth: depth))
        case 22:
            if isInArrayOrScope, isForLibbson { return .null }
            let code = text(longest: 10)
            return inArrayOrScope { .javascriptWithScope(code, $0.document(depth: depth)) }
        default:
            return inArrayOrScope { generator in
                .array((0..<generator.below(14)).map { _ in generator.value(depth: depth + 1) })
            }
        }
    }

    private mutating func inArrayOrScope(_ make: (inout JSONDocumentGenerator) -> Value) -> Value {
        let wasInside = isInArrayOrScope
        isInArrayOrScope = true
        defer { isInArrayOrScope = wasInside }
        return make(&self)
    }

    private var zero: Decimal128 { Decimal128(low: 0, high: 0x3040_0000_0000_0000) }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    mutating func double() -> Double {
        switch below(6) {
        case 0:
            return [0.0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude][below(7)]
        case 1: return Double(Int64(truncatingIfNeeded: next()) >> Int64(below(63)))
        case 2: return Double(below(1_000_000)) / 1000
        default:
            let value = Double(bitPattern: next())
            return value.isNaN ? 0.5 : value
        }
    }

    /// Characters of one to four UTF-8 bytes, and those that JSON escapes.
    mutating func text(longest: Int) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "z", "0", " ", "/", "\"", "\\", "\n", "\t", "\u{1}", "\u{1F}", "\u{7F}", "é", "ß", "\u{7FF}",
            "\u{800}", "€", "日", "\u{FFFF}", "\u{10000}", "🎉", "\u{10FFFF}", "x", "y", "k", "m", "n", "o", "p", "q",
            "r",
        ]
        var text = ""
        for _ in 0..<below(longest + 1) { text.unicodeScalars.append(scalars[below(scalars.count)]) }
        return text
    }
}
