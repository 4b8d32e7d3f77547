extension JSON.Writer {
    /// Writes a value that has no elements, in the writer's style.
    mutating func appendScalar(_ value: RawValue) {
        switch value.type {
        case .string:
            appendString(value.text)
        case .bool:
            if value.bool == true { append("true") } else { append("false") }
        case .null:
            append("null")
        case .int32:
            appendNumber(value.int64 ?? 0, "$numberInt")
        case .int64:
            appendNumber(value.int64 ?? 0, "$numberLong")
        case .double:
            appendDoubleValue(value.double ?? 0)
        case .objectID:
            appendObjectID(UnsafeRawBufferPointer(start: value.base, count: 12))
        case .dateTime:
            appendDateValue(value.dateTime ?? DateTime(milliseconds: 0))
        case .decimal128:
            appendDecimal(value.decimal128 ?? Decimal128(low: 0, high: 0))
        case .binary:
            if let (subtype, bytes) = value.binary { appendBinary(subtype, bytes) }
        case .timestamp:
            let timestamp = value.timestamp ?? 0
            append(style == .plain ? #"{"t":"# : #"{"$timestamp":{"t":"#)
            appendDigits(timestamp >> 32)
            append(#","i":"#)
            appendDigits(timestamp & 0xFFFF_FFFF)
            append(style == .plain ? "}" : "}}")
        case .regex:
            if let (pattern, options) = value.regex { appendRegularExpression(pattern, options) }
        case .symbol:
            appendTextValue(value.text, "$symbol")
        case .javascript:
            appendTextValue(value.text, "$code")
        case .dbPointer:
            append(#"{"$dbPointer":{"$ref":"#)
            appendString(value.text)
            append(#","$id":"#)
            appendObjectID(UnsafeRawBufferPointer(start: value.base + (value.byteCount - 12), count: 12))
            append("}}")
        case .minKey:
            append(#"{"$minKey":1}"#)
        case .maxKey:
            append(#"{"$maxKey":1}"#)
        case .undefined:
            append(style == .plain ? "null" : #"{"$undefined":true}"#)
        case .document, .array, .javascriptWithScope:
            preconditionFailure("a value with elements")
        }
    }

    /// Begins a wrapper whose value is a string without escapes: `{"name":"`.
    private mutating func beginWrapper(_ name: StaticString) {
        append(#"{""#)
        append(name)
        append(#"":""#)
    }

    private mutating func appendNumber(_ value: Int64, _ wrapper: StaticString) {
        guard style == .canonical else { return appendInteger(value) }
        beginWrapper(wrapper)
        appendInteger(value)
        append(#""}"#)
    }

    private mutating func appendDoubleValue(_ value: Double) {
        guard style == .canonical || !value.isFinite else { return appendDouble(value) }
        if style == .plain { append("\"") } else { beginWrapper("$numberDouble") }
        if value.isFinite {
            appendDouble(value)
        } else if value.isNaN {
            append("NaN")
        } else {
            append(value < 0 ? "-Infinity" : "Infinity")
        }
        append(style == .plain ? "\"" : #""}"#)
    }

    private mutating func appendObjectID(_ bytes: UnsafeRawBufferPointer) {
        if style == .plain { append("\"") } else { beginWrapper("$oid") }
        appendHex(bytes)
        append(style == .plain ? "\"" : #""}"#)
    }

    private mutating func appendDateValue(_ date: DateTime) {
        let year0: Int64 = -62_167_219_200_000
        let year10000: Int64 = 253_402_300_800_000
        switch style {
        case .plain where date.milliseconds >= year0 && date.milliseconds < year10000:
            append("\"")
            appendDate(date, omitsZeroMilliseconds: false)
            append("\"")
        case .plain:
            // No RFC 3339 text for such a year.
            appendInteger(date.milliseconds)
        case .relaxed where date.milliseconds >= 0 && date.milliseconds < year10000:
            beginWrapper("$date")
            appendDate(date, omitsZeroMilliseconds: true)
            append(#""}"#)
        case .relaxed, .canonical:
            append(#"{"$date":"#)
            beginWrapper("$numberLong")
            appendInteger(date.milliseconds)
            append(#""}}"#)
        }
    }

    private mutating func appendDecimal(_ decimal: Decimal128) {
        var description = decimal.description
        if style == .plain {
            // Digits, point and exponent are written as in JSON; Infinity and NaN are not.
            let isFinite = description.utf8.last.map { JSON.Parser.isDecimalDigit($0) } ?? false
            if !isFinite { append("\"") }
            description.withUTF8 { text.append(contentsOf: $0) }
            if !isFinite { append("\"") }
        } else {
            beginWrapper("$numberDecimal")
            description.withUTF8 { text.append(contentsOf: $0) }
            append(#""}"#)
        }
    }

    private mutating func appendBinary(_ subtype: UInt8, _ bytes: UnsafeRawBufferPointer) {
        // The old subtype 2 has its length once more in front of the content.
        let content = subtype == 2 && bytes.count >= 4 ? UnsafeRawBufferPointer(rebasing: bytes[4...]) : bytes
        guard style == .plain else {
            append(#"{"$binary":{"base64":""#)
            Base64.encode(content, into: &text)
            append(#"","subType":""#)
            appendHex(subtype)
            append(#""}}"#)
            return
        }
        append("\"")
        if subtype == 4, bytes.count == 16 {
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 { append("-") }
                appendHex(byte)
            }
        } else {
            Base64.encode(content, into: &text)
        }
        append("\"")
    }

    /// `/pattern/options` in plain style.
    private mutating func appendRegularExpression(_ pattern: UnsafeRawBufferPointer, _ options: UnsafeRawBufferPointer)
    {
        guard style == .plain else {
            append(#"{"$regularExpression":{"pattern":"#)
            appendString(pattern)
            append(#","options":"#)
            appendString(options)
            append("}}")
            return
        }
        var whole: [UInt8] = [UInt8(ascii: "/")]
        whole += pattern
        whole.append(UInt8(ascii: "/"))
        whole += options
        whole.withUnsafeBytes { appendString($0) }
    }

    private mutating func appendTextValue(_ utf8: UnsafeRawBufferPointer, _ wrapper: StaticString) {
        guard style != .plain else { return appendString(utf8) }
        append(#"{""#)
        append(wrapper)
        append(#"":"#)
        appendString(utf8)
        append("}")
    }
}
