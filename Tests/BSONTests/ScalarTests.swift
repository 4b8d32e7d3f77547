import BSON
import Testing

@Suite struct ScalarTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T12:34:56.789Z", 1_709_210_096_789),
            ("2024-02-29T12:34:56.7899999Z", 1_709_210_096_789), ("2024-02-29t14:34:56.5+02:00", 1_709_210_096_500),
            ("2024-02-29T07:04:56-05:30", 1_709_210_096_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999z", 253_402_300_799_999), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ] as [(String, Int64)])
    func readsRFC3339(text: String, milliseconds: Int64) {
        #expect(DateTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z", "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+0200", "2024-01-01T00:00:00+24:00", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00Zx",
        "24-01-01T00:00:00Z00",
        "2024-01-01T00:00:00+02:0", "2024-1-01T00:00:00Z0",
    ])
    func refusesWhatIsNoRFC3339(text: String) {
        #expect(DateTime(rfc3339: text) == nil)
    }

    @Test func dateTextRoundTrips() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<5_000 {
            let time = DateTime(milliseconds: Int64(random.next() % 315_569_519_999_999) - 62_167_219_200_000)
            #expect(DateTime(rfc3339: time.description) == time)
            #expect(time.description.hasPrefix(time.dayText))
        }
        #expect(DateTime(milliseconds: 1_709_210_096_789).description == "2024-02-29T12:34:56.789Z")
        #expect(DateTime(milliseconds: 253_402_300_800_000).description == "253402300800000ms")
        #expect(DateTime(milliseconds: .min).description == "-9223372036854775808ms")
    }

    @Test func objectIDTextRoundTrips() throws {
        var generator = ValueGenerator(seed: 2)
        var last = generator.objectID()
        for _ in 0..<500 {
            let id = generator.objectID()
            #expect(ObjectID(hex: id.description) == id)
            #expect(ObjectID(hex: id.description.uppercased()) == id)
            #expect((id < last) == (id.description < last.description))
            var bytes: [UInt8] = []
            id.append(to: &bytes)
            #expect(bytes.count == 12 && bytes.withUnsafeBytes { ObjectID($0) } == id)
            last = id
        }
        #expect(ObjectID(hex: "65a1b2c3d4e5f60718293a4") == nil)
        #expect(ObjectID(hex: "65a1b2c3d4e5f60718293a4g") == nil)
        #expect(try #require(ObjectID(hex: "65a1b2c3d4e5f60718293a4b")).seconds == 0x65A1_B2C3)
    }

    @Test func decimalText() throws {
        for text in [
            "0", "-0", "1.20", "-3E+7", "Infinity", "-Infinity", "NaN", "9.999999999999999999999999999999999E+6144",
            "1E-6176",
        ] {
            #expect(try #require(Decimal128(text)).description == text)
        }
        for text in ["", "abc", "1.2.3", "12345678901234567890123456789012345", "1E+7000", "1 ", " 1", "1\0"] {
            #expect(Decimal128(text) == nil, "\(text)")
        }
        #expect(Decimal128("1.2")?.int64 == nil)
        #expect(Decimal128("120E-1")?.int64 == 12)
        #expect(Decimal128("-9223372036854775808")?.int64 == .min)
        #expect(Decimal128("9223372036854775808")?.int64 == nil)
        #expect(Decimal128("1E+18")?.int64 == 1_000_000_000_000_000_000)
        #expect(Decimal128("NaN")?.int64 == nil)
    }

    @Test func numbersConvertOnlyExactly() {
        func int64(_ value: Value) -> Int64? { value.withRaw { $0.int64 } }
        #expect(int64(3) == 3)
        #expect(int64(3.0) == 3)
        #expect(int64(3.5) == nil)
        #expect(int64(.double(.nan)) == nil)
        #expect(int64(.double(0x1p63)) == nil)
        #expect(int64("3") == nil)
    }
}
