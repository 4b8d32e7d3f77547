import BSON
import Testing

@Suite struct JSONLimitsTests {
    func kind(_ text: String, extended: Bool = false, _ limits: JSON.Limits = .standard) -> JSONError.Kind? {
        do {
            _ = try JSON.parse(text, extended: extended, limits: limits)
            return nil
        } catch {
            return error.kind
        }
    }

    /// `depth` objects and arrays in one another around `core`.
    func nested(_ depth: Int, _ core: String = "1") -> String {
        let arrays = depth - 1
        return #"{"a":"# + String(repeating: "[", count: arrays) + core + String(repeating: "]", count: arrays) + "}"
    }

    @Test func depth() throws {
        #expect(kind(nested(100)) == nil)
        #expect(kind(nested(101)) == .tooDeep)
        #expect(kind(nested(100, "[]")) == .tooDeep)
        #expect(kind(nested(99, "{}")) == nil)
        #expect(kind(nested(3), JSON.Limits(maxDepth: 2)) == .tooDeep)
        #expect(kind(String(repeating: #"{"a":"#, count: 200_000)) == .tooDeep)
        #expect(kind(nested(1000), JSON.Limits(maxDepth: 1000)) == nil)
        #expect(throws: Never.self) {
            try JSON.parseValue(String(nested(100).dropFirst(5).dropLast()), extended: false)
        }
        // What is accepted is what the BSON validator accepts.
        let deep = try JSON.parse(nested(100), extended: false)
        try deep.bytes.withUnsafeBytes { _ = try RawDocument.validated($0) }
    }

    @Test func wrappersDoNotCountAsDepth() {
        for wrapper in [
            #"{"$date":{"$numberLong":"1"}}"#, #"{"$binary":{"base64":"","subType":"00"}}"#,
            #"{"$dbPointer":{"$ref":"a","$id":{"$oid":"0123456789abcdef01234567"}}}"#,
        ] {
            #expect(kind(nested(100, wrapper), extended: true) == nil)
            #expect(kind(nested(101, wrapper), extended: true) == .tooDeep)
        }
        #expect(kind(nested(100, #"{"a":1}"#), extended: true) == .tooDeep)
        #expect(kind(nested(100, #"{"$date":{"a":1}}"#), extended: true) == .invalidWrapper)
        #expect(kind(nested(100, #"{"$code":"","$scope":{"a":1}}"#), extended: true) != nil)
        #expect(kind(nested(98, #"{"$code":"","$scope":{"a":1}}"#), extended: true) == nil)
    }

    @Test func sizes() {
        let limits = JSON.Limits(maxBytes: 40, maxKeyBytes: 4, maxFields: 3, maxArray: 2, maxNumberLength: 6)
        #expect(kind(#"{"abcd":1,"b":[1,2],"c":123456}"#, limits) == nil)
        #expect(kind(#"{"abcde":1}"#, limits) == .keyTooLong)
        #expect(kind(#"{"abé":1}"#, limits) == nil)
        #expect(kind(#"{"abcé":1}"#, limits) == .keyTooLong)
        #expect(kind(#"{"a":1,"b":1,"c":1,"d":1}"#, limits) == .tooManyFields)
        #expect(kind(#"{"b":[1,2,3]}"#, limits) == .tooManyElements)
        #expect(kind(#"{"b":1234567}"#, limits) == .numberTooLong)
        #expect(kind(#"{"b":1.23456}"#, limits) == .numberTooLong)
        #expect(kind(#"{"b":12.345}"#, limits) == nil)
        #expect(kind(#"{"b":"\#(String(repeating: "x", count: 33))"}"#, limits) == .tooLarge)
        #expect(kind(#"{"b":"\#(String(repeating: "x", count: 32))"}"#, limits) == nil)
        #expect(kind(#"{"b":\#(String(repeating: "1", count: 65))}"#) == .numberTooLong)
        #expect(kind(#"{"b":[\#(String(repeating: "1,", count: 10_000))1]}"#) == .tooManyElements)
    }

    /// Members past those compared one by one, in objects inside and beside one another.
    @Test func duplicatesInWideObjects() throws {
        func members(_ count: Int, _ prefix: String) -> String {
            (0..<count).map { #""\#(prefix)\#($0)":\#($0)"# }.joined(separator: ",")
        }
        for count in [24, 25, 26, 27, 100, 999] {
            let wide = members(count, "name")
            #expect(kind("{\(wide)}") == nil)
            for duplicate in [0, 1, count / 2, count - 2, count - 1] {
                let error = #expect(throws: JSONError.self) {
                    try JSON.parse(#"{\#(wide),"name\#(duplicate)":0}"#, extended: false)
                }
                #expect(error?.kind == .duplicateKey)
                #expect(error?.path == "name\(duplicate)")
            }
        }
        // The same names in an object within, and after it in the one around: no duplicates.
        let inner = "{\(members(60, "n"))}"
        #expect(kind(#"{\#(members(50, "n")),"in":\#(inner),"in2":[\#(inner),\#(inner)],"n50":1}"#) == nil)
        #expect(kind(#"{\#(members(50, "n")),"in":\#(inner),"n49":1}"#) == .duplicateKey)
        #expect(kind(#"{"in":[\#(Array(repeating: inner, count: 300).joined(separator: ","))],"n1":1}"#) == nil)
        #expect(kind("{\(members(1000, "k"))}") == nil)
        #expect(kind("{\(members(1001, "k"))}") == .tooManyFields)
    }

    /// Much more BSON than text: the output has to grow on the way.
    @Test func outputGrows() throws {
        let text = #"{"a":["# + Array(repeating: "[[],{},0,1.5]", count: 5000).joined(separator: ",") + "]}"
        let document = try JSON.parse(text, extended: false)
        #expect(document.bytes.count > 3 * text.utf8.count)
        try document.bytes.withUnsafeBytes { _ = try RawDocument.validated($0) }
        #expect(JSON.string(document, style: .plain) == text)
    }
}
