import BSON
import Testing

/// Texts that RFC 8259 allows, and the BSON they become.
@Suite struct JSONAcceptTests {
    static let values: [(text: String, value: Value)] = [
        ("null", .null), ("true", .bool(true)), ("false", .bool(false)),
        (" \t\r\n null \t\r\n ", .null),
        ("0", .int32(0)), ("-0", .int32(0)), ("7", .int32(7)), ("-1", .int32(-1)),
        ("2147483647", .int32(.max)), ("-2147483648", .int32(.min)),
        ("2147483648", .int64(2_147_483_648)), ("-2147483649", .int64(-2_147_483_649)),
        ("999999999999999999", .int64(999_999_999_999_999_999)),
        ("9223372036854775807", .int64(.max)), ("-9223372036854775808", .int64(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)),
        ("-9223372036854775809", .double(-9_223_372_036_854_775_808)),
        ("100000000000000000000000", .double(1e23)),
        ("1.0", .double(1)), ("-0.0", .double(-0.0)), ("0.5", .double(0.5)), ("0e0", .double(0)),
        ("0e999999999999999999999", .double(0)), ("1e3", .double(1000)), ("1E+3", .double(1000)),
        ("1e-3", .double(0.001)), ("123.456e2", .double(12345.6)), ("1e22", .double(1e22)), ("1e23", .double(1e23)),
        ("0.1", .double(0.1)), ("0.000001", .double(0.000001)), ("9007199254740993.0", .double(9_007_199_254_740_992)),
        ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)), ("5e-324", .double(.leastNonzeroMagnitude)),
        ("1e-400", .double(0)), ("18446744073709551616.5", .double(18_446_744_073_709_551_616)),
        ("0.00000000000000000000000000000001", .double(1e-32)),
        ("2.2250738585072011e-308", .double(Double(bitPattern: 0x000F_FFFF_FFFF_FFFF))),
        (#""""#, ""), (#""a""#, "a"), (#""abcdefgh""#, "abcdefgh"), (#""abcdefghi""#, "abcdefghi"),
        (#""abcdefg\n""#, "abcdefg\n"), (#""abcdefgh\n""#, "abcdefgh\n"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83c\udf89""#, "🎉"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        (#""\u0000""#, "\0"), (#""\uFFFE\uffff""#, "\u{FFFE}\u{FFFF}"),
        ("\"é\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"", "é\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"),
        ("\"\u{7F}\"", "\u{7F}"), ("\"seven 7é and on\"", "seven 7é and on"),
        ("[]", .array([])), ("[ ]", .array([])), ("{}", .document([:])), ("{ }", .document([:])),
        ("[1,2]", [1, 2]), ("[[],{},[[]]]", [.array([]), .document([:]), .array([.array([])])]),
        ("[0,1,2,3,4,5,6,7,8,9,10,11]", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        (#"{"":1}"#, .document(["": 1])), (#"{"a.b":1,"a":2}"#, .document(["a.b": 1, "a": 2])),
        (#" { "a" : [ 1 , { "b" : null } ] } "#, .document(["a": [1, .document(["b": nil])]])),
        (#"{"a":{"a":{"a":1}},"b":1}"#, .document(["a": ["a": ["a": 1]], "b": 1])),
        (#"{"\u0061b":1}"#, .document(["ab": 1])),
        (#"{"$oid":"not extended"}"#, .document(["$oid": "not extended"])),
    ]

    @Test(arguments: values.indices) func accepts(_ index: Int) throws {
        let (text, value) = Self.values[index]
        #expect(try JSON.parseValue(text, extended: false) == value)
        // In an array, so that something stands behind it.
        #expect(try JSON.parseValue("[\(text),\(text)]", extended: false) == [value, value])
        // And as a member of a document, which must be valid BSON.
        let document = try JSON.parse(#"{"m":\#(text)}"#, extended: false)
        #expect(document == ["m": value])
        try document.bytes.withUnsafeBytes { _ = try RawDocument.validated($0) }
    }

    @Test func arrayIndexesAreDecimal() throws {
        let text = "[" + (0..<1200).map(String.init).joined(separator: ",") + "]"
        let document = try JSON.parse(#"{"a":\#(text)}"#, extended: false)
        document.withRaw { raw in
            var index = 0
            raw.value(named: "a")?.document?.forEach { name, value in
                #expect(String(decoding: name, as: UTF8.self) == String(index))
                #expect(value.int64 == Int64(index))
                index += 1
            }
            #expect(index == 1200)
        }
    }

    @Test func parserIsReusable() throws {
        var parser = JSON.Parser()
        for (text, value) in Self.values {
            var text = text
            let parsed = try text.withUTF8 { try parser.parseValue(UnsafeRawBufferPointer($0), extended: false) }
            #expect(parsed == value)
            // What an unfinished text leaves behind does not matter to the next.
            var broken = #"{"a":{"b":[1,"#
            var kind: JSONError.Kind?
            broken.withUTF8 { bytes in
                do throws(JSONError) {
                    _ = try parser.parse(UnsafeRawBufferPointer(bytes), extended: false)
                } catch {
                    kind = error.kind
                }
            }
            #expect(kind == .unexpectedEnd)
        }
    }

    /// Reading stops at the buffer's end: each prefix is refused, at its end, and never read as more than it is.
    @Test func prefixesAreRefused() throws {
        let text = Array(#"{"name":"Zoë \u00e9 long enough","list":[1,-2.5e3,true,false,null,{"x":"y"}]}"#.utf8)
        _ = try JSON.parse(text, extended: true)
        for count in text.indices {
            #expect(throws: JSONError.self) { try JSON.parse(Array(text[..<count]), extended: true) }
        }
    }
}
