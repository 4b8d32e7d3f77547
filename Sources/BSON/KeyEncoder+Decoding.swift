extension KeyEncoder {
    /// A component read back from a key.
    public enum Component: Sendable, Hashable {
        /// The value, in the form its key has: integers of either width and integral doubles come back as the smallest integer
        /// that holds them, symbols as strings.
        case value(Value)
        /// The first bytes of the ascending encoding of a value that was cut.
        case cut([UInt8])
    }

    /// Reads the component at the start of `key` and leaves what follows it. For dumps: it copies.
    /// - Returns: nil where `key` does not start with a component.
    public static func decode(
        _ key: inout UnsafeRawBufferPointer, descending: Bool = false, limit: Int = componentLimit
    ) -> Component? {
        var bytes = [UInt8](key)
        if descending { for index in bytes.indices { bytes[index] = ~bytes[index] } }
        var decoder = KeyDecoder(bytes: bytes, end: min(limit, bytes.count))
        if let value = decoder.value(depth: 0) {
            key = UnsafeRawBufferPointer(rebasing: key[decoder.position...])
            return .value(value)
        }
        guard bytes.count >= limit + cutByteCount, bytes[limit] == cutMarker else { return nil }
        key = UnsafeRawBufferPointer(rebasing: key[(limit + cutByteCount)...])
        return .cut([UInt8](bytes[..<limit]))
    }
}

/// Reads ascending encodings. What is no encoding gives nil, whatever the bytes.
struct KeyDecoder {
    let bytes: [UInt8]
    let end: Int
    var position = 0

    mutating func byte() -> UInt8? {
        guard position < end else { return nil }
        position += 1
        return bytes[position - 1]
    }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, count <= end - position else { return nil }
        position += count
        return [UInt8](bytes[position - count..<position])
    }

    mutating func bigEndian(_ count: Int) -> UInt64? {
        take(count).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    }

    mutating func terminated() -> [UInt8]? {
        var text: [UInt8] = []
        while let byte = byte() {
            if byte == 0 { return text }
            text.append(byte)
        }
        return nil
    }

    mutating func terminatedText() -> String? { terminated().flatMap { String(validating: $0, as: UTF8.self) } }

    mutating func escapedText() -> String? {
        var text: [UInt8] = []
        while let byte = byte() {
            if byte == 0 { return String(validating: text, as: UTF8.self) }
            if byte != 1 {
                text.append(byte)
                continue
            }
            guard let escaped = self.byte(), escaped == 1 || escaped == 2 else { return nil }
            text.append(escaped - 1)
        }
        return nil
    }

    mutating func objectID() -> ObjectID? {
        take(12).map { bytes in bytes.withUnsafeBytes { ObjectID($0) } }
    }

    mutating func value(depth: Int) -> Value? {
        guard depth <= 200, let lead = byte() else { return nil }
        switch lead {
        case KeyLead.minKey: return .minKey
        case KeyLead.undefined: return .undefined
        case KeyLead.null: return .null
        case KeyLead.notANumber...KeyLead.positiveInfinity: return number(lead)
        case KeyLead.string: return escapedText().map { .string($0) }
        case KeyLead.document: return document(depth: depth).map { .document($0) }
        case KeyLead.array: return array(depth: depth)
        case KeyLead.binary:
            guard let count = bigEndian(4), let subtype = byte(), let bytes = take(Int(count)) else { return nil }
            return .binary(subtype, bytes)
        case KeyLead.objectID: return objectID().map { .objectID($0) }
        case KeyLead.false: return .bool(false)
        case KeyLead.true: return .bool(true)
        case KeyLead.date: return bigEndian(6).map { .dateTime(DateTime(milliseconds: Int64($0))) }
        case KeyLead.earlyDate, KeyLead.lateDate:
            return bigEndian(8).map { .dateTime(DateTime(milliseconds: Int64(bitPattern: $0 ^ 1 << 63))) }
        case KeyLead.timestamp: return bigEndian(8).map { .timestamp($0) }
        case KeyLead.regex:
            guard let pattern = terminatedText(), let options = terminatedText() else { return nil }
            return .regex(pattern, options)
        case KeyLead.dbPointer:
            guard let count = bigEndian(4), let name = take(Int(count)), name.last == 0,
                let text = String(validating: name.dropLast(), as: UTF8.self), let id = objectID()
            else { return nil }
            return .dbPointer(text, id)
        case KeyLead.javascript: return escapedText().map { .javascript($0) }
        case KeyLead.javascriptWithScope:
            guard let code = escapedText(), let scope = document(depth: depth) else { return nil }
            return .javascriptWithScope(code, scope)
        case KeyLead.maxKey: return .maxKey
        default: return nil
        }
    }

    private mutating func document(depth: Int) -> Document? {
        var pairs: [(String, Value)] = []
        while let rank = byte() {
            if rank == 0 { return Document(pairs) }
            guard let name = terminatedText(), let value = value(depth: depth + 1),
                Order.rank(value.bsonType.rawValue) == rank
            else { return nil }
            pairs.append((name, value))
        }
        return nil
    }

    private mutating func array(depth: Int) -> Value? {
        var values: [Value] = []
        while position < end {
            if bytes[position] == 0 {
                position += 1
                return .array(values)
            }
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
        }
        return nil
    }
}
