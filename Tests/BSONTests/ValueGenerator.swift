import BSON

/// Makes values of every type, with those likely that tend to break comparisons and encodings.
struct ValueGenerator {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func value(depth: Int = 3) -> Value {
        switch random.below(depth > 0 ? 24 : 20) {
        case 0...6: number()
        case 7...9: .string(text())
        case 10: .symbol(text())
        case 11: .objectID(objectID())
        case 12: .bool(random.chance(2))
        case 13, 14: .dateTime(DateTime(milliseconds: integer()))
        case 15: .binary(random.pick([0, 4, 0x80]), bytes())
        case 16: random.pick([.null, .undefined, .minKey, .maxKey])
        case 17: .timestamp(UInt64(bitPattern: integer()))
        case 18: random.pick([.regex(name(), random.pick(["", "i", "im"])), .javascript(text())])
        case 19: .dbPointer(name(), objectID())
        case 20, 21: .document(document(depth: depth - 1))
        case 22: .array((0..<random.below(5)).map { _ in value(depth: depth - 1) })
        default: .javascriptWithScope(text(), document(depth: depth - 1))
        }
    }

    mutating func document(depth: Int = 3) -> Document {
        var seen: Set<String> = []
        var document = Document()
        for _ in 0..<random.below(6) {
            let name = name()
            if seen.insert(name).inserted { document.append(name, value(depth: depth)) }
        }
        return document
    }

    mutating func objectID() -> ObjectID {
        if random.chance(2) { return ObjectID(seconds: UInt32(random.below(3)), rest: UInt64(random.below(3))) }
        return ObjectID(seconds: UInt32(truncatingIfNeeded: random.next()), rest: random.next())
    }

    mutating func name() -> String {
        random.pick([
            "", "a", "b", "ab", "a\u{1}", "rating", "createdAt", "exactly8", "longerThanEightBytes", "ü", "x1",
        ])
    }

    mutating func text() -> String {
        switch random.below(8) {
        case 0: return ""
        case 1:
            return random.pick(["a", "b", "ab", "a\0", "a\0b", "a\u{1}", "a\u{1}b", "\0", "\u{1}", "\0\0", "ÿ", "日本"])
        case 2:
            return String(repeating: "x", count: 190 + random.below(20)) + random.pick(["", "a", "b", "\0", "\u{1}"])
        case 3: return String(repeating: random.pick(["a", "\0", "é"]), count: random.below(260))
        default:
            return String(
                (0..<random.below(12)).map { _ in random.pick(["a", "b", "c", "\0", "\u{1}", "\u{2}", "é", "😀", " "]) })
        }
    }

    mutating func bytes() -> [UInt8] {
        (0..<random.pick([0, 1, 2, 3, 12, 16, 250])).map { _ in random.pick([0, 1, 2, 0x7F, 0xFE, 0xFF]) }
    }

    mutating func integer() -> Int64 {
        switch random.below(5) {
        case 0: return Int64(random.below(5)) - 2
        case 1:
            let base: Int64 = random.pick([
                .max, .min, 1 << 53, -(1 << 53), 1 << 48, 1 << 31, -(1 << 31), 1 << 62, 255, -256, 127,
            ])
            return base &+ Int64(random.below(5) - 2)
        case 2: return Int64(bitPattern: random.next()) >> Int64(random.below(64))
        case 3: return (1 << Int64(random.below(63))) &+ Int64(random.below(3) - 1)
        default: return Int64(random.below(2_000)) - 1_000
        }
    }

    mutating func double() -> Double {
        switch random.below(6) {
        case 0:
            return random.pick([
                0, -0.0, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
                .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p53, 0x1p63, -0x1p63, 0x1p64,
                0.1, -0.1, 0.5, 1.5, 1e300, 1e-300,
            ])
        case 1: return Double(integer())
        case 2: return Double(integer()) / random.pick([2, 3, 4, 10, 100, 1024])
        case 3: return random.pick([Double(integer()).nextUp, Double(integer()).nextDown])
        case 4: return Double(bitPattern: random.next())
        default: return Double(random.below(2_000) - 1_000) / 10
        }
    }

    mutating func decimal() -> Decimal128 {
        let text: String
        switch random.below(8) {
        case 0:
            text = random.pick([
                "NaN", "Infinity", "-Infinity", "0", "-0", "0E+100", "1E-6176", "-1E-6176",
                "9.999999999999999999999999999999999E+6144",
            ])
        case 1: text = "\(integer())"
        case 2: text = "\(integer()).\(random.pick(["0", "5", "25", "1", "000000000000001", "50000000000001"]))"
        case 3: text = "\(integer())E\(random.below(700) - 350)"
        case 4: text = "\(integer())E\(random.below(12_000) - 6_100)"
        case 5: text = "\(Double(random.below(2_000) - 1_000) / 10)"
        case 6: text = "\(double())"
        default:
            text = random.pick([
                "4.9E-324", "4.940656458412465441765687928682213E-324", "4.940656458412465441765687928682214E-324",
                "1.797693134862315708145274237317043E+308", "1.797693134862315708145274237317044E+308", "1.8E+308",
                "9007199254740993.5",
                "9223372036854775807.5", "9223372036854775808", "-9223372036854775808", "-9223372036854775808.5",
                "18446744073709551616",
                "0.1000000000000000055511151231257827", "0.1000000000000000055511151231257828", "2.4E-324", "1E-400",
                "1E+400",
            ])
        }
        return Decimal128(text) ?? Decimal128(low: 1, high: 0x3040_0000_0000_0000)
    }

    mutating func number() -> Value {
        switch random.below(5) {
        case 0: .int32(Int32(truncatingIfNeeded: integer()))
        case 1: .int64(integer())
        case 2: .decimal128(decimal())
        default: .double(double())
        }
    }

    /// A value that is often equal to `value`, and else close to it.
    mutating func neighbour(of value: Value) -> Value {
        switch value {
        case .int32(let number):
            return random.pick([
                .int64(Int64(number)), .double(Double(number)),
                Decimal128("\(number)").map { .decimal128($0) } ?? value,
                .double(Double(number).nextUp), .int64(Int64(number) + 1),
            ])
        case .int64(let number):
            return random.pick([
                .double(Double(number)), .double(Double(number).nextDown), .double(Double(number).nextUp),
                Decimal128("\(number)").map { .decimal128($0) } ?? value,
                Decimal128("\(number).5").map { .decimal128($0) } ?? value,
                .int64(number &+ 1),
            ])
        case .double(let number):
            return random.pick([
                .double(number.nextUp), .double(-number), Int64(exactly: number).map { .int64($0) } ?? value,
                Decimal128("\(number)").map { .decimal128($0) } ?? value,
            ])
        case .decimal128(let number):
            return random.pick([
                .double(Double("\(number)") ?? 0), .double((Double("\(number)") ?? 0).nextDown),
                number.int64.map { .int64($0) } ?? value,
            ])
        case .string(let text):
            return random.pick([
                .symbol(text), .string(text + "\0"), .string(text + "a"), .string(String(text.dropLast())),
            ])
        case .array(let values):
            return .array(
                values.map { random.chance(3) ? neighbour(of: $0) : $0 }
                    + (random.chance(2) ? [] : [self.value(depth: 0)]))
        case .document(let document):
            return .document(
                Document(document.pairs.map { ($0.name, random.chance(3) ? neighbour(of: $0.value) : $0.value) }))
        default: return value
        }
    }
}
