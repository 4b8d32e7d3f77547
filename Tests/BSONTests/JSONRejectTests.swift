import BSON
import Testing

/// Texts that must be refused, with the reason, the byte and the path that are told.
@Suite struct JSONRejectTests {
    struct Case: Sendable {
        let text: [UInt8]
        let kind: JSONError.Kind
        let offset: Int
        let path: String

        init(_ text: String, _ kind: JSONError.Kind, _ offset: Int, _ path: String = "") {
            self.init(Array(text.utf8), kind, offset, path)
        }

        init(_ text: [UInt8], _ kind: JSONError.Kind, _ offset: Int, _ path: String = "") {
            self.text = text
            self.kind = kind
            self.offset = offset
            self.path = path
        }
    }

    static func quoted(_ bytes: UInt8...) -> [UInt8] { [0x7B, 0x22, 0x61, 0x22, 0x3A, 0x22] + bytes + [0x22, 0x7D] }

    static let cases: [Case] = [
        Case("", .unexpectedEnd, 0), Case("  ", .unexpectedEnd, 2), Case("{", .unexpectedEnd, 1),
        Case("[]", .notADocument, 0), Case(" 1", .notADocument, 1), Case("\u{FEFF}{}", .notADocument, 0),
        Case("{}{}", .trailingBytes, 2), Case("{} x", .trailingBytes, 3), Case("{}\n\n]", .trailingBytes, 4),
        Case("{]", .unexpectedCharacter, 1), Case("{,}", .unexpectedCharacter, 1),
        Case("{1:1}", .unexpectedCharacter, 1),
        Case("{'a':1}", .unexpectedCharacter, 1), Case("{a:1}", .unexpectedCharacter, 1),
        Case(#"{"a"}"#, .unexpectedCharacter, 4, "a"), Case(#"{"a" 1}"#, .unexpectedCharacter, 5, "a"),
        Case(#"{"a":}"#, .unexpectedCharacter, 5, "a"), Case(#"{"a":,}"#, .unexpectedCharacter, 5, "a"),
        Case(#"{"a":1,}"#, .unexpectedCharacter, 7), Case(#"{"a":1 "b":2}"#, .unexpectedCharacter, 7, "a"),
        Case(#"{"a":1]"#, .unexpectedCharacter, 6, "a"), Case(#"{"a":[1}"#, .unexpectedCharacter, 7, "a.0"),
        Case(#"{"a":[1,]}"#, .unexpectedCharacter, 8, "a.1"), Case(#"{"a":[,1]}"#, .unexpectedCharacter, 6, "a.0"),
        Case(#"{"a":[1,,2]}"#, .unexpectedCharacter, 8, "a.1"), Case(#"{"a"::1}"#, .unexpectedCharacter, 5, "a"),
        Case(#"{"a":1,,"b":2}"#, .unexpectedCharacter, 7), Case(#"{"a":/**/1}"#, .unexpectedCharacter, 5, "a"),
        Case(#"{"a":'x'}"#, .unexpectedCharacter, 5, "a"), Case(#"{"a":NaN}"#, .unexpectedCharacter, 5, "a"),
        Case(#"{"a":Infinity}"#, .unexpectedCharacter, 5, "a"), Case(#"{"a":undefined}"#, .unexpectedCharacter, 5, "a"),
        Case(#"{"a":True}"#, .unexpectedCharacter, 5, "a"), Case("{\"a\":\u{A0}1}", .unexpectedCharacter, 5, "a"),
        Case("{\"a\":\u{C}1}", .unexpectedCharacter, 5, "a"), Case("{\"a\":1\0}", .unexpectedCharacter, 6, "a"),
        Case(#"{"a":tru}"#, .invalidLiteral, 5, "a"), Case(#"{"a":nul"#, .invalidLiteral, 5, "a"),
        Case(#"{"a":fals!}"#, .invalidLiteral, 5, "a"), Case(#"{"a":truee}"#, .unexpectedCharacter, 9, "a"),
        Case(#"{"a":01}"#, .invalidNumber, 5, "a"), Case(#"{"a":-01}"#, .invalidNumber, 6, "a"),
        Case(#"{"a":00}"#, .invalidNumber, 5, "a"), Case(#"{"a":-}"#, .invalidNumber, 6, "a"),
        Case(#"{"a":-x}"#, .invalidNumber, 6, "a"), Case(#"{"a":1.}"#, .invalidNumber, 7, "a"),
        Case(#"{"a":.5}"#, .unexpectedCharacter, 5, "a"), Case(#"{"a":+1}"#, .unexpectedCharacter, 5, "a"),
        Case(#"{"a":1.e3}"#, .invalidNumber, 7, "a"), Case(#"{"a":1e}"#, .invalidNumber, 7, "a"),
        Case(#"{"a":1e+}"#, .invalidNumber, 8, "a"), Case(#"{"a":1e1.5}"#, .unexpectedCharacter, 8, "a"),
        Case(#"{"a":0x10}"#, .unexpectedCharacter, 6, "a"), Case(#"{"a":1_000}"#, .unexpectedCharacter, 6, "a"),
        Case(#"{"a":-Infinity}"#, .invalidNumber, 6, "a"), Case(#"{"a":1."#, .unexpectedEnd, 7, "a"),
        Case(#"{"a":1e999}"#, .numberOutOfRange, 5, "a"), Case(#"{"a":[-1e400]}"#, .numberOutOfRange, 6, "a.0"),
        Case(#"{"a":1e99999999999999999999}"#, .numberOutOfRange, 5, "a"),
        Case(#"{"a":1"#, .unexpectedEnd, 6, "a"), Case(#"{"a":"x"#, .unexpectedEnd, 7, "a"),
        Case(#"{"a"#, .unexpectedEnd, 3), Case(#"{"a":"\"#, .unexpectedEnd, 7, "a"),
        Case(#"{"a":"\x"}"#, .invalidEscape, 6, "a"), Case(#"{"a":"\'"}"#, .invalidEscape, 6, "a"),
        Case(#"{"a":"\u12"}"#, .invalidEscape, 6, "a"), Case(#"{"a":"\u12g4"}"#, .invalidEscape, 6, "a"),
        Case(#"{"a":"\U0041"}"#, .invalidEscape, 6, "a"), Case(#"{"\q":1}"#, .invalidEscape, 2),
        Case(#"{"a":"x\ud800"}"#, .loneSurrogate, 7, "a"), Case(#"{"a":"\udc00"}"#, .loneSurrogate, 6, "a"),
        Case(#"{"a":"\ud800\u0041"}"#, .loneSurrogate, 6, "a"), Case(#"{"a":"\ud800x"}"#, .loneSurrogate, 6, "a"),
        Case(#"{"a":"\udc00\ud800"}"#, .loneSurrogate, 6, "a"),
        Case("{\"a\":\"tab\there\"}", .controlCharacter, 9, "a"), Case("{\"a\":\"x\ny\"}", .controlCharacter, 7, "a"),
        Case("{\"a\":\"\0\"}", .controlCharacter, 6, "a"), Case("{\"k\u{1F}\":1}", .controlCharacter, 3),
        Case(quoted(0x80), .invalidUTF8, 6, "a"), Case(quoted(0xFF), .invalidUTF8, 6, "a"),
        Case(quoted(0xC0, 0xAF), .invalidUTF8, 6, "a"), Case(quoted(0xC1, 0x81), .invalidUTF8, 6, "a"),
        Case(quoted(0xC3), .invalidUTF8, 6, "a"), Case(quoted(0xE0, 0x9F, 0xBF), .invalidUTF8, 6, "a"),
        Case(quoted(0xE2, 0x82), .invalidUTF8, 6, "a"), Case(quoted(0xED, 0xA0, 0x80), .invalidUTF8, 6, "a"),
        Case(quoted(0xF0, 0x8F, 0xBF, 0xBF), .invalidUTF8, 6, "a"),
        Case(quoted(0xF4, 0x90, 0x80, 0x80), .invalidUTF8, 6, "a"),
        Case(quoted(0xF5, 0x80, 0x80, 0x80), .invalidUTF8, 6, "a"),
        Case(quoted(0xF0, 0x9F, 0x8E), .invalidUTF8, 6, "a"),
        Case(quoted(0x61, 0x62, 0xC3, 0xA9, 0xA9), .invalidUTF8, 10, "a"),
        Case([0x7B, 0x22, 0xFE, 0x22, 0x3A, 0x31, 0x7D], .invalidUTF8, 2),
        Case(#"{"a":1,"a":2}"#, .duplicateKey, 7, "a"), Case(#"{"a":{"b":1,"c":2,"b":3}}"#, .duplicateKey, 18, "a.b"),
        Case(#"{"a":1,"\u0061":2}"#, .duplicateKey, 7, "a"), Case(#"{"":1,"":2}"#, .duplicateKey, 6),
        Case(#"{"x":[{"longer than eight":1,"longer than eight":1}]}"#, .duplicateKey, 29, "x.0.longer than eight"),
        Case(#"{"a\u0000":1}"#, .nulInKey, 1), Case(#"{"x":{"\u0000":1}}"#, .nulInKey, 6, "x"),
    ]

    @Test(arguments: cases.indices) func refuses(_ index: Int) {
        let example = Self.cases[index]
        for extended in [false, true] {
            let error = #expect(throws: JSONError.self) { try JSON.parse(example.text, extended: extended) }
            #expect(error?.kind == example.kind)
            #expect(error?.byteOffset == example.offset)
            #expect(error?.path == example.path)
        }
    }

    @Test func namesTheLine() {
        let error = #expect(throws: JSONError.self) { try JSON.parse("{\n\"a\": 1,\n\n\"b\": x}", extended: false) }
        #expect(error == JSONError(kind: .unexpectedCharacter, byteOffset: 16, line: 4, path: "b"))
        #expect(error?.description == #"unexpected character in "b" at byte 16, line 4"#)
    }

    @Test func loneValuesAreRefusedAlike() {
        for text in ["", "1 2", "[1", "[", "nulll", "\"", "\"a\"x", "-"] {
            #expect(throws: JSONError.self) { try JSON.parseValue(text, extended: false) }
        }
    }
}
