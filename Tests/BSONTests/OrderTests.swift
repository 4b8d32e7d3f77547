import BSON
import Testing

func order(_ left: Value, _ right: Value) -> Int {
    left.withRaw { left in right.withRaw { Order.compare(left, $0).signum() } }
}

func decimal(_ text: String) throws -> Value { .decimal128(try #require(Decimal128(text))) }

@Suite struct OrderTests {
    @Test func typesAreInMongoDBsOrder() throws {
        let ascending: [Value] = [
            .minKey, .undefined, .null, .double(.nan), .double(-.infinity), try decimal("-1E+6000"), .int64(.min), -1.5,
            -1, 0,
            .double(.leastNonzeroMagnitude), 0.5, 1, .int64(1 << 53), .int64(1 << 53 + 1), .int64(.max),
            .double(0x1p63),
            .double(.greatestFiniteMagnitude), try decimal("1E+400"), .double(.infinity), "", "\0", "a", "a\0", "a\0b",
            "a\u{1}", "ab", "b", "é", .document([:]), ["a": 1], ["a": 2], ["a": 2, "b": 0], ["b": 1], ["a": "x"], [],
            [1], [1, 1],
            [2], ["x"], .binary(0, []), .binary(5, []), .binary(0, [1]), .binary(0, [0, 0]),
            .objectID(ObjectID(seconds: 1, rest: 0)),
            .objectID(ObjectID(seconds: 1, rest: 1)), false, true, .dateTime(DateTime(milliseconds: -1)),
            .dateTime(DateTime(milliseconds: 0)), .dateTime(DateTime(milliseconds: .max)), .timestamp(1),
            .timestamp(.max),
            .regex("a", ""), .regex("a", "i"), .regex("ab", ""), .dbPointer("a", ObjectID(seconds: 0, rest: 0)),
            .javascript("a"),
            .javascriptWithScope("a", [:]), .javascriptWithScope("a", ["x": 1]), .maxKey,
        ]
        for (i, left) in ascending.enumerated() {
            for (j, right) in ascending.enumerated() {
                #expect(order(left, right) == (i - j).signum(), "\(left) against \(right)")
            }
        }
    }

    @Test(arguments: [
        ("0.1", 0.1, -1), ("0.1000000000000000055511151231257827", 0.1, -1),
        ("0.1000000000000000055511151231257828", 0.1, 1),
        ("0.5", 0.5, 0), ("0.50", 0.5, 0), ("-0.5", -0.5, 0), ("9007199254740993", 0x1p53, 1),
        ("9007199254740992.0", 0x1p53, 0),
        ("4.940656458412465441765687928682213E-324", Double.leastNonzeroMagnitude, -1),
        ("4.940656458412465441765687928682214E-324", Double.leastNonzeroMagnitude, 1),
        ("1.797693134862315708145274237317043E+308", Double.greatestFiniteMagnitude, -1),
        ("1.797693134862315708145274237317044E+308", Double.greatestFiniteMagnitude, 1),
        ("-0", 0, 0), ("0E+6000", -0.0, 0), ("NaN", Double.nan, 0), ("Infinity", Double.infinity, 0),
        ("1E+6000", Double.infinity, -1), ("-1E-6000", -0.0, -1), ("1E+22", 1e22, 0), ("1E+23", 1e23, 1),
    ])
    func decimalsCompareExactlyWithDoubles(text: String, double: Double, expected: Int) throws {
        #expect(order(try decimal(text), .double(double)) == expected)
        #expect(order(.double(double), try decimal(text)) == -expected)
    }

    @Test func sameRankTypesAreEqualAcrossTypes() throws {
        #expect(order(1, .int64(1)) == 0)
        #expect(order(1, 1.0) == 0)
        #expect(order(1, try decimal("1.000")) == 0)
        #expect(order("a", .symbol("a")) == 0)
        #expect(order(.int64(.max), .double(0x1p63)) == -1)
        #expect(order(.int64(.min), .double(-0x1p63)) == 0)
    }

    @Test func missingIsNull() {
        Value.null.withRaw { null in
            Value.int32(0).withRaw { zero in
                #expect(Order.compare(nil, null) == 0)
                #expect(Order.compare(nil, zero) < 0)
                #expect(Order.compare(zero, nil) > 0)
            }
        }
        Value.undefined.withRaw { #expect(Order.compare($0, nil) < 0) }
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func isATotalOrder(seed: UInt64) {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<2_000 {
            let first = generator.value()
            let second = generator.random.chance(2) ? generator.neighbour(of: first) : generator.value()
            let third = generator.random.chance(2) ? generator.neighbour(of: second) : generator.value()
            #expect(order(first, first) == 0)
            #expect(order(first, second) == -order(second, first))
            let sorted = [first, second, third].sorted { order($0, $1) < 0 }
            #expect(order(sorted[0], sorted[2]) <= 0, "\(sorted)")
            #expect(order(sorted[0], sorted[1]) <= 0 && order(sorted[1], sorted[2]) <= 0, "\(sorted)")
        }
    }
}
