import BSON
import Testing

@Suite struct JSONPlainTests {
    static let objectID = ObjectID(hex: "57e193d7a9cc81b4027498b5") ?? ObjectID(seconds: 0, rest: 0)

    @Test(arguments: [
        (Value.objectID(objectID), #""57e193d7a9cc81b4027498b5""#),
        (.dateTime(DateTime(milliseconds: 1_282_759_817_000)), #""2010-08-25T18:10:17.000Z""#),
        (.dateTime(DateTime(milliseconds: -1)), #""1969-12-31T23:59:59.999Z""#),
        (.dateTime(DateTime(milliseconds: -62_167_219_200_000)), #""0000-01-01T00:00:00.000Z""#),
        (.dateTime(DateTime(milliseconds: -62_167_219_200_001)), "-62167219200001"),
        (.int32(1), "1"), (.int64(.max), "9223372036854775807"), (.double(2), "2.0"), (.double(.nan), #""NaN""#),
        (.double(-.infinity), #""-Infinity""#), (.undefined, "null"),
        (.decimal128(Decimal128("1.20") ?? Decimal128(low: 0, high: 0)), "1.20"),
        (.decimal128(Decimal128("Infinity") ?? Decimal128(low: 0, high: 0)), #""Infinity""#),
        (.binary(0, [1]), #""AQ==""#),
        (.binary(4, Array(0..<16)), #""00010203-0405-0607-0809-0a0b0c0d0e0f""#),
        (.regex("a\"b", "i"), #""/a\"b/i""#), (.javascript("f"), #""f""#), (.symbol("s"), #""s""#),
        (.timestamp(7 << 32 | 1), #"{"t":7,"i":1}"#), (.minKey, #"{"$minKey":1}"#),
        (.document(["a": [1, nil], "b": .document([:])]), #"{"a":[1,null],"b":{}}"#),
    ])
    func writes(_ value: Value, _ text: String) throws {
        #expect(JSON.string(value, style: .plain) == text)
        #expect(throws: Never.self) { try JSON.parseValue(text, extended: false) }
    }

    @Test func appendsToWhatIsThere() {
        var text = Array("x".utf8)
        JSON.write(["a": "b"] as Document, style: .plain, into: &text)
        JSON.writeString("\"\u{1}é\n", into: &text)
        #expect(String(decoding: text, as: UTF8.self) == #"x{"a":"b"}"\"\u0001é\n""#)
    }

    /// What an event's data was, it is shown as: ordinary JSON comes back byte for byte.
    @Test func ordinaryJSONComesBack() throws {
        for text in [
            #"{"a":1,"b":[true,false,null,"x"],"c":{"d":2.5,"e":""},"f":[],"g":{},"h":3000000000,"i":"é\n\u0001"}"#,
            #"{}"#, #"{"long name with more than sixteen bytes":"long value \"quoted\" with more than sixteen"}"#,
        ] {
            #expect(JSON.string(try JSON.parse(text, extended: false), style: .plain) == text)
            #expect(JSON.string(try JSON.parse(text, extended: true), style: .relaxed) == text)
        }
    }
}
