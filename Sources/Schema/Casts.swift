import BSON

// How mongoose casts one value to another type; `nil` where it cannot.

enum ExactNumber {
    case integer(Int64), double(Double)
}

func objectID(_ value: RawValue) -> ObjectID? {
    value.objectID ?? value.utf8.flatMap { $0.count == 24 ? ObjectID(hexUTF8: $0) : nil }
}

func date(_ value: RawValue) -> DateTime? {
    switch value.type {
    case .dateTime: return value.dateTime.flatMap { milliseconds($0.milliseconds) }
    case .string: return value.utf8.flatMap { DateTime(iso8601: $0) }
    case .int32, .int64: return value.int64.flatMap { milliseconds($0) }
    case .double: return value.int64.flatMap { milliseconds($0) }
    default: return nil
    }
}

/// The range of a JavaScript Date: 8.64e15 ms either side of 1970.
private func milliseconds(_ value: Int64) -> DateTime? {
    value.magnitude <= 8_640_000_000_000_000 ? DateTime(milliseconds: value) : nil
}

func boolean(_ value: RawValue) -> Bool? {
    switch value.type {
    case .bool: return value.bool
    case .int32, .int64, .double:
        return value.double == 1 ? true : value.double == 0 ? false : nil
    case .string:
        switch value.string {
        case "true", "1", "yes": return true
        case "false", "0", "no": return false
        default: return nil
        }
    default: return nil
    }
}

func castText(_ value: RawValue) -> String? {
    switch value.type {
    case .string: value.string
    case .int32, .int64: value.int64.map { String($0) }
    case .double: value.double.map { value.int64.map { String($0) } ?? String($0) }
    case .bool: value.bool.map { String($0) }
    case .objectID: value.objectID?.description
    default: nil
    }
}

/// Text that is a number, where exact: what prints back as the same number.
func numeric(_ text: String) -> ExactNumber? {
    let trimmed = text.trimmed
    guard let first = trimmed.utf8.first, first == 0x2D || (0x30...0x39).contains(first), trimmed.utf8.count <= 64,
        trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2D, 0x2B, 0x2E, 0x45, 0x65].contains($0) })
    else { return nil }
    if let integer = Int64(trimmed) { return .integer(integer) }
    guard let double = Double(trimmed), double.isFinite else { return nil }
    return .double(double)
}

extension FieldDescriptor {
    /// Text as the field keeps it, hashing apart.
    package func normalized(_ text: String) -> String {
        let text = isTrimmed ? text.trimmed : text
        return isLowercased ? text.lowercased() : text
    }
}

extension String {
    /// Without white space at its ends, as JavaScript's trim.
    var trimmed: String {
        func isSpace(_ character: Character) -> Bool { character.isWhitespace || character == "\u{FEFF}" }
        guard let start = firstIndex(where: { !isSpace($0) }), let end = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[start...end])
    }
}

/// UTF-16 code units of valid UTF-8.
func utf16Count(_ utf8: UnsafeRawBufferPointer) -> Int {
    var count = 0
    for byte in utf8 {
        if byte & 0xC0 != 0x80 { count += byte >= 0xF0 ? 2 : 1 }
    }
    return count
}

/// A value that already is a bcrypt, scrypt or argon2 hash is kept as it is.
func isHash(_ text: String) -> Bool {
    let isBcrypt = text.utf8.count == 60 && ["$2a$", "$2b$", "$2y$"].contains { text.hasPrefix($0) }
    return isBcrypt || text.hasPrefix("$scrypt$") || text.hasPrefix("$argon2") || text.hasPrefix("scrypt$")
}
