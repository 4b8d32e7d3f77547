import Testing

@testable import BSON

private func key(_ value: Value, descending: Bool = false) -> [UInt8] {
    var key: [UInt8] = []
    KeyEncoder.encode(value, descending: descending, into: &key)
    return key
}

private func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.elementsEqual(right) ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
}

private func isCut(_ key: [UInt8]) -> Bool { key.count > KeyEncoder.componentLimit }

@Suite struct KeyEncoderTests {
    /// The heart of every index: order of keys is order of values.
    @Test(arguments: 0..<16 as Range<UInt64>) func memcmpIsOrder(seed: UInt64) {
        var generator = ValueGenerator(seed: seed)
        var equal = 0
        for _ in 0..<3_000 {
            let left = generator.random.chance(3) ? generator.number() : generator.value()
            let right =
                generator.random.chance(2)
                ? generator.neighbour(of: left)
                : generator.random.chance(2) ? generator.number() : generator.value()
            let expected = order(left, right)
            if expected == 0 { equal += 1 }
            let leftKey = key(left)
            let rightKey = key(right)
            if isCut(leftKey) && isCut(rightKey), leftKey[..<200] == rightKey[..<200] {
                #expect((leftKey == rightKey) == (expected == 0))
                continue
            }
            #expect(compare(leftKey, rightKey) == expected, "\(left) against \(right): \(leftKey) \(rightKey)")
            #expect(
                compare(key(left, descending: true), key(right, descending: true)) == -expected,
                "\(left) against \(right)")
        }
        #expect(equal > 100)
    }

    /// Components can be joined: no encoding is the beginning of another, so the first that differs decides.
    @Test(arguments: 0..<8 as Range<UInt64>) func compoundKeysCompareByTheirParts(seed: UInt64) {
        var generator = ValueGenerator(seed: seed &+ 1_000)
        for _ in 0..<2_000 {
            let first = generator.value(depth: 1)
            let other = generator.random.chance(2) ? generator.neighbour(of: first) : generator.value(depth: 1)
            let second = generator.value(depth: 0)
            let otherSecond = generator.value(depth: 0)
            guard ![first, other, second, otherSecond].contains(where: { isCut(key($0)) }) else { continue }
            let descending = generator.random.chance(2)
            let firstOrder = order(first, other) * (descending ? -1 : 1)
            let expected = firstOrder != 0 ? firstOrder : order(second, otherSecond)
            let left = key(first, descending: descending) + key(second)
            let right = key(other, descending: descending) + key(otherSecond)
            #expect(compare(left, right) == expected, "\(first) \(second) against \(other) \(otherSecond)")
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func decodingGivesAnEqualValue(seed: UInt64) throws {
        var generator = ValueGenerator(seed: seed &+ 2_000)
        for _ in 0..<2_000 {
            let value = generator.value()
            let descending = generator.random.chance(2)
            let encoded = key(value, descending: descending)
            let following: [UInt8] = [0xFF, 0, 7]
            let (component, rest) = (encoded + following).withUnsafeBytes { bytes in
                var rest = bytes
                let component = KeyEncoder.decode(&rest, descending: descending)
                return (component, [UInt8](rest))
            }
            #expect(rest == following)
            switch try #require(component, "\(value)") {
            case .value(let decoded):
                #expect(!isCut(encoded))
                #expect(order(decoded, value) == 0, "\(value) came back as \(decoded)")
            case .cut(let prefix):
                #expect(isCut(encoded))
                #expect(prefix == key(value)[..<200].map { $0 })
            }
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func decodingAnythingNeverCrashes(seed: UInt64) {
        var generator = ValueGenerator(seed: seed &+ 3_000)
        var decoded = 0
        for _ in 0..<5_000 {
            var bytes = key(generator.value())
            for _ in 0...generator.random.below(3) {
                bytes[generator.random.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.random.next())
            }
            bytes.removeLast(generator.random.below(bytes.count))
            bytes.withUnsafeBytes {
                var rest = $0
                if KeyEncoder.decode(&rest) != nil { decoded += 1 }
            }
        }
        #expect(decoded > 0)
    }

    @Test func typedEncodersGiveTheSameBytes() {
        var generator = ValueGenerator(seed: 4)
        for _ in 0..<500 {
            let descending = generator.random.chance(2)
            let (id, integer, double, text) = (
                generator.objectID(), generator.integer(), generator.double(), generator.text()
            )
            var keys: [[UInt8]] = Array(repeating: [9], count: 6)
            KeyEncoder.encode(id, descending: descending, into: &keys[0])
            KeyEncoder.encode(DateTime(milliseconds: integer), descending: descending, into: &keys[1])
            KeyEncoder.encode(integer, descending: descending, into: &keys[2])
            KeyEncoder.encode(double, descending: descending, into: &keys[3])
            let wasCut = KeyEncoder.encode(text, descending: descending, into: &keys[4])
            KeyEncoder.encode(integer > 0, descending: descending, into: &keys[5])
            #expect(wasCut == (keys[4].count > 201))
            let values: [Value] = [
                .objectID(id), .dateTime(DateTime(milliseconds: integer)), .int64(integer), .double(double),
                .string(text), .bool(integer > 0),
            ]
            for (encoded, value) in zip(keys, values) {
                #expect(encoded == [9] + key(value, descending: descending))
            }
        }
    }

    /// What is on disk: these bytes may never change.
    @Test func goldenBytes() throws {
        let golden: [(Value, String)] = [
            (.minKey, "0a"), (.undefined, "14"), (.null, "1e"), (.double(.nan), "28"), (.int32(0), "34"),
            (.int32(1), "3602"),
            (.int32(-1), "32fd"), (.int32(127), "36fe"), (.int32(128), "370100"), (.int64(.max), "3dfffffffffffffffe"),
            (.int64(.min), "2abc1fffffffffffffff"), (.double(1.5), "36038000000000000000"),
            (.double(-1.5), "32fc7fffffffffffffff"),
            (.double(0.5), "353fe000000000000000"), (try decimal("0.1"), "353fb9999999999999017fff0b00"), ("", "4600"),
            ("a\0\u{1}", "46610101010200"), (["a": 1], "500a6100360200"), ([1, "a"], "5a360246610000"),
            (.binary(4, [1, 2]), "6400000002040102"),
            (.objectID(try #require(ObjectID(hex: "65a1b2c3d4e5f60718293a4b"))), "6e65a1b2c3d4e5f60718293a4b"),
            (false, "78"), (true, "79"), (.dateTime(DateTime(milliseconds: 1_700_000_000_000)), "83018bcfe56800"),
            (.dateTime(DateTime(milliseconds: -1)), "827fffffffffffffff"), (.timestamp(1), "8c0000000000000001"),
            (.regex("a", "i"), "9661006900"), (.maxKey, "f0"),
        ]
        for (value, hex) in golden { #expect(hexText(key(value)) == hex, "\(value)") }
        #expect(hexText(key("a", descending: true)) == "b99eff")
        let cut = key(.string(String(repeating: "x", count: 300)))
        #expect(cut.count == 217)
        #expect(hexText([UInt8](cut[198...])) == "7878fe" + "d664ee5c29ce66e901eef35a01566c0b")
    }

    @Test func cutKeysTellValuesApart() {
        let prefix = String(repeating: "x", count: 250)
        #expect(key(.string(prefix + "a")) != key(.string(prefix + "b")))
        #expect(key(.string(prefix)) != key(.string(prefix + "\0")))
        // 198 bytes, with lead and end 200: the longest that is kept.
        #expect(key(.string(String(repeating: "x", count: 198))).count == 200)
        #expect(key(.string(String(repeating: "x", count: 199))).count == 217)
        #expect(
            compare(key(.string(String(repeating: "x", count: 198))), key(.string(String(repeating: "x", count: 250))))
                == -1)
    }
}

func hexText(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
    }.joined()
}
