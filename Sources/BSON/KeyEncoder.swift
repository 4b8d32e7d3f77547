/// Turns values into bytes whose memcmp order is `Order.compare`'s. Equal values, also of different number types, give equal
/// bytes. No encoding is the beginning of another, so encodings can be joined into compound keys.
///
/// On disk; never change it without a new version of what is stored. First a lead byte (`KeyLead`), then:
/// - numbers: nothing for NaN, infinities and 0; for magnitudes from 1 below 2^63: 1...8 big-endian bytes (their count is in the lead)
///   of `whole << 1 | hasFraction`, and with a fraction its first 56 bits (7 bytes) and a tail; for magnitudes under 1 or from 2^63: the
///   largest double not above it (8 bytes, big endian) and a tail. The tail is 0x00 where what precedes it is exact, else 0x01, the decimal
///   exponent of the first digit + 0x8000 (2 bytes), two digits a byte + 1, 0x00. Negative numbers: all after the lead inverted.
/// - strings, symbols, code: the bytes with 0x00 as 0x01 0x01 and 0x01 as 0x01 0x02, then 0x00
/// - documents: per element the type's rank (`Order.rank`), the name, 0x00, the value's encoding; then 0x00. Arrays: the
///   values' encodings; then 0x00
/// - binary: length (4 bytes), subtype, bytes. ObjectIDs: the 12 bytes. Booleans: nothing
/// - dates: 6 bytes of milliseconds from 1970 until 10889, else 8 with the sign bit inverted. Timestamps: 8 bytes
/// - regular expressions: pattern, 0x00, options, 0x00. DBPointers: length (4 bytes), name, 0x00, 12 bytes of id.
///   Code with scope: the code as a string, the scope as a document
///
/// A descending component has all its bytes inverted. A component longer than the limit (200 bytes unless told) is cut there and goes on
/// with 0xFE and 16 bytes of hash over the whole (`KeyHash`); order among keys cut at the same bytes is that of the hash, so
/// readers recheck what such keys find.
public enum KeyEncoder {
    /// The longest component that is kept whole, in bytes, unless the caller says otherwise.
    public static let componentLimit = 200
    /// What a cut component has after its limit: a marker and a hash.
    public static let cutByteCount = 17
    static let cutMarker: UInt8 = 0xFE

    /// Appends the encoding of `value`; a missing one (nil) is encoded as null.
    /// `limit`: at least 32; the same for all keys of a table, and for what looks them up.
    /// - Returns: whether the component was cut.
    @discardableResult public static func encode(
        _ value: RawValue?, descending: Bool = false, limit: Int = componentLimit, into key: inout [UInt8]
    ) -> Bool {
        guard let value else {
            append(KeyLead.null, 0, count: 0, descending, into: &key)
            return false
        }
        switch value.tag {
        case 0x07:
            encodeObjectID(at: value.base, descending, into: &key)
        case 0x09:
            encode(DateTime(milliseconds: value.base.loadUnaligned(as: Int64.self)), descending: descending, into: &key)
        case 0x02, 0x0E:
            return encode(utf8: value.text, descending: descending, limit: limit, into: &key)
        case 0x12:
            encode(value.base.loadUnaligned(as: Int64.self), descending: descending, into: &key)
        case 0x10:
            encode(Int64(value.base.loadUnaligned(as: Int32.self)), descending: descending, into: &key)
        case 0x08:
            encode(value.base.load(as: UInt8.self) != 0, descending: descending, into: &key)
        case 0x0A:
            append(KeyLead.null, 0, count: 0, descending, into: &key)
        default:
            let start = key.count
            encodeWhole(value, into: &key)
            return finish(from: start, descending: descending, limit: limit, in: &key)
        }
        return false
    }

    public static func encode(_ id: ObjectID, descending: Bool = false, into key: inout [UInt8]) {
        id.withUnsafeBytes { bytes in
            encodeObjectID(at: bytes.baseAddress.unsafelyUnwrapped, descending, into: &key)
        }
    }

    public static func encode(_ flag: Bool, descending: Bool = false, into key: inout [UInt8]) {
        append(flag ? KeyLead.true : KeyLead.false, 0, count: 0, descending, into: &key)
    }

    public static func encode(_ time: DateTime, descending: Bool = false, into key: inout [UInt8]) {
        let milliseconds = time.milliseconds
        if milliseconds >= 0 && milliseconds < 1 << 48 {
            append(KeyLead.date, UInt64(bitPattern: milliseconds) << 16, count: 6, descending, into: &key)
        } else {
            let lead = milliseconds < 0 ? KeyLead.earlyDate : KeyLead.lateDate
            append(lead, UInt64(bitPattern: milliseconds) ^ 1 << 63, count: 8, descending, into: &key)
        }
    }

    public static func encode(_ number: Int64, descending: Bool = false, into key: inout [UInt8]) {
        if number == 0 { return append(KeyLead.zero, 0, count: 0, descending, into: &key) }
        if number == .min { return encodeWide(0x1p63, isNegative: true, descending, into: &key) }
        let shifted = number.magnitude << 1
        let zeros = shifted.leadingZeroBitCount & ~7
        let count = 8 - zeros >> 3
        let word = shifted << UInt64(zeros)
        if number > 0 {
            append(KeyLead.positive(byteCount: count), word, count: count, descending, into: &key)
        } else {
            append(KeyLead.negative(byteCount: count), ~word, count: count, descending, into: &key)
        }
    }

    /// - Returns: whether the component was cut.
    @discardableResult public static func encode(
        _ text: String, descending: Bool = false, limit: Int = componentLimit, into key: inout [UInt8]
    ) -> Bool {
        var text = text
        return text.withUTF8 {
            encode(utf8: UnsafeRawBufferPointer($0), descending: descending, limit: limit, into: &key)
        }
    }

    /// Encodes a string.
    /// - Returns: whether the component was cut.
    @discardableResult public static func encode(
        utf8 text: UnsafeRawBufferPointer, descending: Bool = false, limit: Int = componentLimit,
        into key: inout [UInt8]
    ) -> Bool {
        let start = key.count
        key.append(KeyLead.string)
        appendEscaped(text, into: &key)
        if !descending && key.count - start <= limit { return false }
        return finish(from: start, descending: descending, limit: limit, in: &key)
    }

    /// Encodes any owned value.
    /// - Returns: whether the component was cut.
    @discardableResult public static func encode(
        _ value: Value, descending: Bool = false, limit: Int = componentLimit, into key: inout [UInt8]
    ) -> Bool {
        value.withRaw { encode($0, descending: descending, limit: limit, into: &key) }
    }

    /// Cuts a component that is too long, and inverts a descending one.
    static func finish(from start: Int, descending: Bool, limit: Int, in key: inout [UInt8]) -> Bool {
        precondition(limit >= 32, "a limit under 32 bytes would cut numbers and ids")
        let wasCut = key.count - start > limit
        if wasCut {
            let hash = key.withUnsafeBytes { KeyHash(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            key.removeSubrange((start + limit)...)
            key.append(cutMarker)
            hash.append(to: &key)
        }
        if descending {
            key.withUnsafeMutableBufferPointer { bytes in
                for index in start..<bytes.count { bytes[index] = ~bytes[index] }
            }
        }
        return wasCut
    }
}
