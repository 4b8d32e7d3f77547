import Glibc

/// The BSON value that an Extended JSON wrapper stands for.
struct UnwrappedValue {
    /// The value's bytes. Never more than the wrapper's own took.
    enum Bits {
        case none
        case byte(UInt8)
        case halfWord(UInt32)
        case word(UInt64)
        case bytes([UInt8])
    }

    let type: BSONType
    let bits: Bits

    init(_ type: BSONType, _ bits: Bits) {
        self.type = type
        self.bits = bits
    }

    /// Reads what a wrapper with one member holds.
    ///
    /// - `isWrapped`: `value` was itself written as a wrapper.
    /// - `holdsWrapped`: `value` is an object in which one was.
    init?(_ wrapper: ExtendedJSONWrapper, _ value: RawValue, isWrapped: Bool, holdsWrapped: Bool) {
        switch wrapper {
        case .objectID:
            guard let text = value.utf8, let objectID = ObjectID(hexUTF8: text) else { return nil }
            var bytes: [UInt8] = []
            objectID.append(to: &bytes)
            self.init(.objectID, .bytes(bytes))
        case .symbol:
            guard value.type == .string else { return nil }
            self.init(.symbol, .bytes([UInt8](value.bytes)))
        case .code:
            guard value.type == .string else { return nil }
            self.init(.javascript, .bytes([UInt8](value.bytes)))
        case .int32:
            guard let number = UnwrappedValue.integer(value), let small = Int32(exactly: number) else { return nil }
            self.init(.int32, .halfWord(UInt32(bitPattern: small)))
        case .int64:
            guard let number = UnwrappedValue.integer(value) else { return nil }
            self.init(.int64, .word(UInt64(bitPattern: number)))
        case .double:
            guard let number = UnwrappedValue.double(value) else { return nil }
            self.init(.double, .word(number.bitPattern))
        case .decimal128:
            guard let text = value.string, let decimal = Decimal128(text) else { return nil }
            var bytes = UnwrappedValue.littleEndian(decimal.low)
            bytes += UnwrappedValue.littleEndian(decimal.high)
            self.init(.decimal128, .bytes(bytes))
        case .date:
            if let text = value.utf8 {
                guard let date = DateTime(rfc3339: text) else { return nil }
                self.init(.dateTime, .word(UInt64(bitPattern: date.milliseconds)))
            } else {
                guard isWrapped, value.type == .int64, let milliseconds = value.int64 else { return nil }
                self.init(.dateTime, .word(UInt64(bitPattern: milliseconds)))
            }
        case .minKey, .maxKey:
            guard !isWrapped, value.type == .int32, value.int64 == 1 else { return nil }
            self.init(wrapper == .minKey ? .minKey : .maxKey, .none)
        case .undefined:
            guard value.bool == true else { return nil }
            self.init(.undefined, .none)
        case .binary:
            self.init(binary: value)
        case .uuid:
            self.init(uuid: value)
        case .timestamp:
            if holdsWrapped { return nil }
            self.init(timestamp: value)
        case .regularExpression:
            self.init(regularExpression: value)
        case .dbPointer:
            self.init(dbPointer: value)
        case .none, .scope:
            return nil
        }
    }

    /// `{"$code": "…", "$scope": {…}}`
    init?(code: RawDocument.Element, scope: RawDocument.Element) {
        guard code.isNamed("$code"), scope.isNamed("$scope"), code.value.type == .string,
            scope.value.type == .document
        else { return nil }
        let text = code.value.bytes
        let document = scope.value.bytes
        var bytes = UnwrappedValue.littleEndian(UInt32(truncatingIfNeeded: 4 + text.count + document.count))
        bytes += text
        bytes += document
        self.init(.javascriptWithScope, .bytes(bytes))
    }

    /// `{"base64": "…", "subType": "04"}`
    private init?(binary value: RawValue) {
        guard value.type == .document, let (first, second) = RawDocument(value.base).onlyTwo,
            let content = UnwrappedValue.pick("base64", first, second)?.utf8,
            let digits = UnwrappedValue.pick("subType", first, second)?.utf8, digits.count == 1 || digits.count == 2,
            let bytes = Base64.decode(content)
        else { return nil }
        var subtype: UInt8 = 0
        for digit in digits {
            guard let nibble = JSON.Parser.hexDigit(digit) else { return nil }
            subtype = subtype << 4 | nibble
        }
        self.init(subtype: subtype, bytes)
    }

    /// `"c8edabc3-f738-4ca3-b68d-ab92a91478a3"` (RFC 9562), which is binary of subtype 4.
    private init?(uuid value: RawValue) {
        guard let text = value.utf8, text.count == 36 else { return nil }
        var bytes: [UInt8] = []
        var index = 0
        while index < 36 {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard text[index] == UInt8(ascii: "-") else { return nil }
                index += 1
            }
            guard let high = JSON.Parser.hexDigit(text[index]), let low = JSON.Parser.hexDigit(text[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
            index += 2
        }
        self.init(subtype: 4, bytes)
    }

    private init(subtype: UInt8, _ content: [UInt8]) {
        // The old subtype 2 repeats the length in front of the content.
        let isOld = subtype == 2
        var bytes = UnwrappedValue.littleEndian(UInt32(truncatingIfNeeded: content.count + (isOld ? 4 : 0)))
        bytes.append(subtype)
        if isOld { bytes += UnwrappedValue.littleEndian(UInt32(truncatingIfNeeded: content.count)) }
        bytes += content
        self.init(.binary, .bytes(bytes))
    }

    /// `{"t": 123456789, "i": 42}`
    private init?(timestamp value: RawValue) {
        guard value.type == .document, let (first, second) = RawDocument(value.base).onlyTwo,
            let seconds = UnwrappedValue.unsigned(UnwrappedValue.pick("t", first, second)),
            let ordinal = UnwrappedValue.unsigned(UnwrappedValue.pick("i", first, second))
        else { return nil }
        self.init(.timestamp, .word(UInt64(seconds) << 32 | UInt64(ordinal)))
    }

    /// `{"pattern": "…", "options": "im"}`
    private init?(regularExpression value: RawValue) {
        guard value.type == .document, let (first, second) = RawDocument(value.base).onlyTwo,
            let pattern = UnwrappedValue.pick("pattern", first, second)?.utf8,
            let options = UnwrappedValue.pick("options", first, second)?.utf8,
            !pattern.contains(0), !options.contains(0), options.allSatisfy({ $0 < 0x80 })
        else { return nil }
        var bytes = [UInt8](pattern)
        bytes.append(0)
        // BSON wants the options in alphabetical order.
        bytes += options.sorted()
        bytes.append(0)
        self.init(.regex, .bytes(bytes))
    }

    /// `{"$ref": "…", "$id": {"$oid": "…"}}`
    private init?(dbPointer value: RawValue) {
        guard value.type == .document, let (first, second) = RawDocument(value.base).onlyTwo,
            let namespace = UnwrappedValue.pick("$ref", first, second), namespace.type == .string,
            let identifier = UnwrappedValue.pick("$id", first, second)?.objectID
        else { return nil }
        var bytes = [UInt8](namespace.bytes)
        identifier.append(to: &bytes)
        self.init(.dbPointer, .bytes(bytes))
    }
}

extension UnwrappedValue {
    private static func pick(
        _ name: StaticString, _ first: RawDocument.Element, _ second: RawDocument.Element
    ) -> RawValue? {
        first.isNamed(name) ? first.value : second.isNamed(name) ? second.value : nil
    }

    private static func unsigned(_ value: RawValue?) -> UInt32? {
        guard let value, value.type == .int32 || value.type == .int64, let number = value.int64 else { return nil }
        return UInt32(exactly: number)
    }

    /// The number in a string, written as JSON writes one and nothing else.
    private static func number(_ value: RawValue) -> JSON.Parser.Number? {
        guard let text = value.utf8, let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let first = text.first, first == UInt8(ascii: "-") || JSON.Parser.isDecimalDigit(first)
        else { return nil }
        let number = JSON.Parser.readNumber(start, start + text.count, maxLength: 400)
        return number.end == start + text.count ? number.value : nil
    }

    private static func integer(_ value: RawValue) -> Int64? {
        guard case .integer(let number) = number(value) else { return nil }
        return number
    }

    private static func double(_ value: RawValue) -> Double? {
        guard let text = value.utf8 else { return nil }
        if text.equals("Infinity") { return .infinity }
        if text.equals("-Infinity") { return -.infinity }
        if text.equals("NaN") { return .nan }
        switch number(value) {
        case .double(let number): return number
        case .integer(let number):
            // "-0" is a double here, and has a sign.
            return number == 0 && text.first == UInt8(ascii: "-") ? -0.0 : Double(number)
        case .fault, nil: return nil
        }
    }

    private static func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
    }
}

extension RawDocument {
    /// The elements of a document that has exactly two.
    fileprivate var onlyTwo: (Element, Element)? {
        var elements = self.elements
        guard let first = elements.next(), let second = elements.next(), elements.next() == nil else { return nil }
        return (first, second)
    }
}

extension RawDocument.Element {
    fileprivate func isNamed(_ literal: StaticString) -> Bool { name.equals(literal) }
}

extension UnsafeRawBufferPointer {
    fileprivate func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        guard let start = baseAddress else { return true }
        return memcmp(start, literal.utf8Start, count) == 0
    }
}
