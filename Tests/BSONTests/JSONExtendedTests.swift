import BSON
import Testing

/// Extended JSON v2: the conversion table of MongoDB's specification, in and out.
@Suite struct JSONExtendedTests {
    static let objectID = ObjectID(hex: "57e193d7a9cc81b4027498b5") ?? ObjectID(seconds: 0, rest: 0)

    /// Value, canonical text, relaxed text where it differs.
    static let table: [(value: Value, canonical: String, relaxed: String?)] = [
        (.objectID(objectID), #"{"$oid":"57e193d7a9cc81b4027498b5"}"#, nil),
        (.symbol("s\"\0"), #"{"$symbol":"s\"\u0000"}"#, nil),
        (.string("é"), #""é""#, nil),
        (.int32(-42), #"{"$numberInt":"-42"}"#, "-42"),
        (.int64(1 << 40), #"{"$numberLong":"1099511627776"}"#, "1099511627776"),
        (.int64(.min), #"{"$numberLong":"-9223372036854775808"}"#, "-9223372036854775808"),
        (.double(1), #"{"$numberDouble":"1.0"}"#, "1.0"),
        (.double(-0.0), #"{"$numberDouble":"-0.0"}"#, "-0.0"),
        (.double(.infinity), #"{"$numberDouble":"Infinity"}"#, nil),
        (.double(-.infinity), #"{"$numberDouble":"-Infinity"}"#, nil),
        (.double(.nan), #"{"$numberDouble":"NaN"}"#, nil),
        (.decimal128(Decimal128("1.20") ?? Decimal128(low: 0, high: 0)), #"{"$numberDecimal":"1.20"}"#, nil),
        (.binary(0, [0xFF, 0xFF]), #"{"$binary":{"base64":"//8=","subType":"00"}}"#, nil),
        (.binary(0x80, [1, 2, 3, 4, 5]), #"{"$binary":{"base64":"AQIDBAU=","subType":"80"}}"#, nil),
        (.binary(2, [2, 0, 0, 0, 0xFF, 0xFF]), #"{"$binary":{"base64":"//8=","subType":"02"}}"#, nil),
        (.binary(5, []), #"{"$binary":{"base64":"","subType":"05"}}"#, nil),
        (.javascript("f()"), #"{"$code":"f()"}"#, nil),
        (
            .javascriptWithScope("f()", ["x": 1]), #"{"$code":"f()","$scope":{"x":{"$numberInt":"1"}}}"#,
            #"{"$code":"f()","$scope":{"x":1}}"#
        ),
        (.javascriptWithScope("", [:]), #"{"$code":"","$scope":{}}"#, nil),
        (.timestamp(UInt64(4_000_000_000) << 32 | 42), #"{"$timestamp":{"t":4000000000,"i":42}}"#, nil),
        (.regex("a/\"b", "im"), #"{"$regularExpression":{"pattern":"a/\"b","options":"im"}}"#, nil),
        (
            .dbPointer("db.c", objectID),
            #"{"$dbPointer":{"$ref":"db.c","$id":{"$oid":"57e193d7a9cc81b4027498b5"}}}"#, nil
        ),
        (
            .dateTime(DateTime(milliseconds: 1_356_351_330_501)), #"{"$date":{"$numberLong":"1356351330501"}}"#,
            #"{"$date":"2012-12-24T12:15:30.501Z"}"#
        ),
        (
            .dateTime(DateTime(milliseconds: 1_356_351_330_001)), #"{"$date":{"$numberLong":"1356351330001"}}"#,
            #"{"$date":"2012-12-24T12:15:30.001Z"}"#
        ),
        (.dateTime(DateTime(milliseconds: 0)), #"{"$date":{"$numberLong":"0"}}"#, #"{"$date":"1970-01-01T00:00:00Z"}"#),
        (.dateTime(DateTime(milliseconds: -1)), #"{"$date":{"$numberLong":"-1"}}"#, nil),
        (
            .dateTime(DateTime(milliseconds: 253_402_300_799_999)), #"{"$date":{"$numberLong":"253402300799999"}}"#,
            #"{"$date":"9999-12-31T23:59:59.999Z"}"#
        ),
        (.dateTime(DateTime(milliseconds: 253_402_300_800_000)), #"{"$date":{"$numberLong":"253402300800000"}}"#, nil),
        (.minKey, #"{"$minKey":1}"#, nil), (.maxKey, #"{"$maxKey":1}"#, nil),
        (.undefined, #"{"$undefined":true}"#, nil), (.null, "null", nil), (.bool(true), "true", nil),
        (
            .array([.int32(1), .document(["a": .int64(1 << 33)])]),
            #"[{"$numberInt":"1"},{"a":{"$numberLong":"8589934592"}}]"#, #"[1,{"a":8589934592}]"#
        ),
        (
            .document(["$ref": "c", "$id": .objectID(objectID)]),
            #"{"$ref":"c","$id":{"$oid":"57e193d7a9cc81b4027498b5"}}"#, nil
        ),
    ]

    @Test(arguments: table.indices) func conversionTable(_ index: Int) throws {
        let (value, canonical, relaxed) = Self.table[index]
        #expect(JSON.string(value, style: .canonical) == canonical)
        #expect(JSON.string(value, style: .relaxed) == relaxed ?? canonical)
        #expect(try JSON.parseValue(canonical, extended: true) == value)
        #expect(try JSON.parseValue(relaxed ?? canonical, extended: true) == value)
        let document = try JSON.parse(#"{"before":1,"m":[\#(canonical)],"after":2}"#, extended: true)
        #expect(document == ["before": 1, "m": [value], "after": 2])
        try document.bytes.withUnsafeBytes { _ = try RawDocument.validated($0) }
    }

    @Test(arguments: [
        (#"{"$scope":{"x":1},"$code":"f()"}"#, Value.javascriptWithScope("f()", ["x": 1])),
        (#"{"$timestamp":{"i":42,"t":7}}"#, .timestamp(7 << 32 | 42)),
        (#"{"$regularExpression":{"options":"mix","pattern":"p"}}"#, .regex("p", "imx")),
        (#"{"$binary":{"subType":"4","base64":"AA=="}}"#, .binary(4, [0])),
        (#"{"$oid":"57E193D7A9CC81B4027498B5"}"#, .objectID(objectID)),
        (#"{"$date":"2012-12-24T13:15:30.501+01:00"}"#, .dateTime(DateTime(milliseconds: 1_356_351_330_501))),
        (#"{"$date":"1969-12-31T23:59:59.999Z"}"#, .dateTime(DateTime(milliseconds: -1))),
        (#"{"$numberDouble":"-0"}"#, .double(-0.0)), (#"{"$numberDouble":"12"}"#, .double(12)),
        (#"{"$numberDouble":"1.2345678921232E+18"}"#, .double(1.2345678921232e18)),
        (#"{ "$numberLong" : "\u0034\u0032" }"#, .int64(42)),
        (#"{"\u0024oid":"57e193d7a9cc81b4027498b5"}"#, .objectID(objectID)),
        (
            #"{"$uuid":"73FFd264-44b3-4c69-90e8-e7d1dfc035d4"}"#,
            .binary(
                4, [0x73, 0xFF, 0xD2, 0x64, 0x44, 0xB3, 0x4C, 0x69, 0x90, 0xE8, 0xE7, 0xD1, 0xDF, 0xC0, 0x35, 0xD4])
        ),
        // Names of queries and of incomplete DBRefs are left alone.
        (#"{"$gt":{"$numberInt":"5"},"$type":"string"}"#, .document(["$gt": 5, "$type": "string"])),
        (
            #"{"$regex":{"$regularExpression":{"pattern":"p","options":""}},"$options":"i"}"#,
            .document(["$regex": .regex("p", ""), "$options": "i"])
        ),
        (#"{"$ref":1}"#, .document(["$ref": 1])), (#"{"$":1,"$OID":2}"#, .document(["$": 1, "$OID": 2])),
    ])
    func alsoAccepts(_ text: String, _ value: Value) throws {
        #expect(try JSON.parseValue(text, extended: true) == value)
    }

    @Test(arguments: [
        #"{"$oid":42}"#, #"{"$oid":"57e193d7a9cc81b4027498b"}"#, #"{"$oid":"57e193d7a9cc81b4027498bg"}"#,
        #"{"$oid":"57e193d7a9cc81b4027498b5","x":1}"#, #"{"x":1,"$oid":"57e193d7a9cc81b4027498b5"}"#,
        #"{"$symbol":1}"#, #"{"$symbol":{"$symbol":"a"}}"#,
        #"{"$numberInt":42}"#, #"{"$numberInt":"2147483648"}"#, #"{"$numberInt":"1.0"}"#, #"{"$numberInt":""}"#,
        #"{"$numberInt":"+1"}"#, #"{"$numberInt":" 1"}"#, #"{"$numberInt":"1 "}"#, #"{"$numberInt":"01"}"#,
        #"{"$numberInt":"-"}"#, #"{"$numberInt":"1\u0000"}"#,
        #"{"$numberLong":42}"#, #"{"$numberLong":"9223372036854775808"}"#, #"{"$numberLong":"1e3"}"#,
        #"{"$numberDouble":1.5}"#, #"{"$numberDouble":"nan"}"#, #"{"$numberDouble":"1e999"}"#,
        #"{"$numberDouble":"inf"}"#,
        #"{"$numberDouble":".1"}"#, #"{"$numberDouble":""}"#, #"{"$numberDouble":"0x1p3"}"#,
        #"{"$numberDecimal":1}"#, #"{"$numberDecimal":"x"}"#, #"{"$numberDecimal":""}"#,
        #"{"$numberDecimal":"1","x":1}"#,
        #"{"$binary":{"base64":0,"subType":"00"}}"#, #"{"$binary":{"base64":"","subType":0}}"#,
        #"{"$binary":{"base64":"//8="}}"#, #"{"$binary":{"base64":"//8","subType":"00"}}"#,
        #"{"$binary":{"base64":"/=8=","subType":"00"}}"#, #"{"$binary":{"base64":"//9=","subType":"00"}}"#,
        #"{"$binary":{"base64":"====","subType":"00"}}"#, #"{"$binary":{"base64":"AA==AAAA","subType":"00"}}"#,
        #"{"$binary":{"base64":"","subType":"100"}}"#, #"{"$binary":{"base64":"","subType":""}}"#,
        #"{"$binary":{"base64":"","subType":"00","x":1}}"#, #"{"$binary":"AA==","$type":"00"}"#, #"{"$binary":[1,2]}"#,
        #"{"$uuid":"73ffd264-44b3-90e8-e7d1dfc035d4"}"#, #"{"$uuid":"73ff-d26444b-34c6-990e8e-7d1dfc035d4"}"#,
        #"{"$uuid":"----d264-44b3-4--9-90e8-e7d1dfc0----"}"#, #"{"$uuid":{"a":1}}"#,
        #"{"$uuid":"73ffd264-44b3-4c69-90e8-e7d1dfc035d4-789e4"}"#,
        #"{"$code":42}"#, #"{"$code":42,"$scope":{}}"#, #"{"$code":"","x":1}"#, #"{"$code":"","$scope":42}"#,
        #"{"$code":"","$scope":[]}"#, #"{"$scope":{}}"#, #"{"$code":"","$scope":{},"x":1}"#,
        #"{"$timestamp":42}"#, #"{"$timestamp":{"t":"1","i":2}}"#, #"{"$timestamp":{"t":1}}"#,
        #"{"$timestamp":{"t":1,"i":-1}}"#, #"{"$timestamp":{"t":4294967296,"i":1}}"#,
        #"{"$timestamp":{"t":1.0,"i":1}}"#,
        #"{"$timestamp":{"t":1,"i":1,"x":1}}"#, #"{"$timestamp":{"t":{"$numberInt":"1"},"i":1}}"#,
        #"{"$timestamp":{"t":1,"i":1},"x":1}"#,
        #"{"$regularExpression":{"pattern":"a"}}"#, #"{"$regularExpression":{"pattern":1,"options":""}}"#,
        #"{"$regularExpression":{"pattern":"a\u0000","options":""}}"#,
        #"{"$regularExpression":{"pattern":"a","options":"i\u0000"}}"#,
        #"{"$regularExpression":{"pattern":"a","options":"","x":1}}"#,
        #"{"$dbPointer":{"a":1,"$id":{"$oid":"57e193d7a9cc81b4027498b5"},"$ref":"b"}}"#,
        #"{"$dbPointer":{"$ref":"b","$id":"57e193d7a9cc81b4027498b5"}}"#,
        #"{"$date":42}"#, #"{"$date":5000000000}"#, #"{"$date":"yesterday"}"#, #"{"$date":{"$numberInt":"1"}}"#,
        #"{"$date":{"$numberLong":"1"},"x":1}"#, #"{"$date":{"$date":{"$numberLong":"1"}}}"#,
        #"{"$date":"2012-02-30T00:00:00Z"}"#,
        #"{"$minKey":true}"#, #"{"$minKey":0}"#, #"{"$minKey":1,"x":1}"#, #"{"$minKey":{"$numberInt":"1"}}"#,
        #"{"$maxKey":1.0}"#, #"{"$undefined":false}"#, #"{"$undefined":1}"#,
    ])
    func refuses(_ wrapper: String) {
        let error = #expect(throws: JSONError.self) { try JSON.parse(#"{"a":[0,\#(wrapper)]}"#, extended: true) }
        #expect(error?.kind == .invalidWrapper)
        #expect(error?.path == "a.1")
        #expect(error?.byteOffset == 8)
        // Without extensions they are objects like any other.
        #expect(throws: Never.self) { try JSON.parse(#"{"a":[0,\#(wrapper)]}"#, extended: false) }
    }

    @Test func outermostObjectIsNoWrapper() throws {
        #expect(try JSON.parse(#"{"$numberInt":"42"}"#, extended: true) == ["$numberInt": "42"])
        #expect(try JSON.parse(#"{"$key":{"$numberInt":"42"}}"#, extended: true) == ["$key": 42])
    }

    @Test func errorsInsideWrappersNameTheirPlace() {
        let error = #expect(throws: JSONError.self) {
            try JSON.parse(#"{"a":{"$date":{"$numberLong":tru}}}"#, extended: true)
        }
        #expect(error == JSONError(kind: .invalidLiteral, byteOffset: 29, path: "a.$date.$numberLong"))
    }
}
