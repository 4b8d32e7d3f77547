internal import BSON
internal import Schema

// The seed's custom validations, by hand: they run on every registration.
extension Users {
    static let emailRule = "must be an e-mail address: text@domain.tld, without white space"
    static let usernameRule = "must be 3 to 30 letters, digits or underscores"

    /// `/^[^\s@]+@[^\s@]+\.[^\s@]+$/`
    static func isEmail(_ text: UnsafeRawBufferPointer) -> Bool {
        guard !hasWhiteSpace(text), let at = text.firstIndex(of: 0x40), at > 0 else { return false }
        let domain = text[(at + 1)...]
        // A full stop with something on either side.
        return !domain.contains(0x40) && domain.dropFirst().dropLast().contains(0x2E)
    }

    /// `/^[a-zA-Z0-9_]{3,30}$/`; the seed lets an empty one pass.
    static func isUsername(_ text: UnsafeRawBufferPointer) -> Bool {
        if text.isEmpty { return true }
        return (3...30).contains(text.count)
            && text.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
                default: false
                }
            }
    }

    /// What JavaScript's `\s` matches.
    private static func hasWhiteSpace(_ text: UnsafeRawBufferPointer) -> Bool {
        var isASCII = true
        for byte in text {
            if byte == 0x20 || (0x09...0x0D).contains(byte) { return true }
            if byte >= 0x80 { isASCII = false }
        }
        return !isASCII
            && String(decoding: text, as: UTF8.self).unicodeScalars.contains { scalar in
                switch scalar.value {
                case 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF: true
                default: false
                }
            }
    }

    /// A location as it is counted: trimmed and case-folded; `nil` where nothing is left.
    static func foldedLocation(_ location: String) -> String? {
        guard let start = location.firstIndex(where: { !$0.isWhitespace }),
            let end = location.lastIndex(where: { !$0.isWhitespace })
        else { return nil }
        if Erased.isText(location) { return nil }
        return location[start...end].lowercased()
    }
}
