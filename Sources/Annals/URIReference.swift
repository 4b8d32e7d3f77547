/// Whether a text is a URI or a relative reference (RFC 3986, 4.1), as `source` must be.
enum URIReference {
    /// What is wrong with it, and how to mend it; `nil` where nothing is.
    static func fault(_ text: String) -> String? {
        // Nearly all are of these alone, which mean nothing where they might stand wrong.
        if text.utf8.allSatisfy({ isUnreserved($0) || $0 == UInt8(ascii: "/") }) { return nil }
        var rest = Array(text.utf8)[...]
        if let fault = character(rest) { return fault }
        if let start = rest.firstIndex(of: UInt8(ascii: "#")) {
            guard !rest[(start + 1)...].contains(UInt8(ascii: "#")) else {
                return "has two #; encode the second as %23"
            }
            if let fault = brackets(rest[start...]) { return fault }
            rest = rest[..<start]
        }
        if let start = rest.firstIndex(of: UInt8(ascii: "?")) {
            if let fault = brackets(rest[start...]) { return fault }
            rest = rest[..<start]
        }
        // A colon before the first slash ends a scheme.
        let first = rest.prefix { $0 != UInt8(ascii: "/") }
        if let colon = first.firstIndex(of: UInt8(ascii: ":")) {
            guard isScheme(first[..<colon]) else {
                return "begins with no scheme before its colon; begin with a scheme such as urn:, or with /"
            }
            rest = rest[(colon + 1)...]
        }
        guard rest.starts(with: "//".utf8) else { return brackets(rest) }
        rest = rest.dropFirst(2)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        return host(authority) ?? brackets(rest[authority.endIndex...])
    }

    /// Whatever part a character is in, it is one of these or encoded.
    private static func character(_ text: ArraySlice<UInt8>) -> String? {
        var place = text.startIndex
        while place < text.endIndex {
            let byte = text[place]
            if byte == UInt8(ascii: "%") {
                guard text.endIndex - place > 2, isHex(text[place + 1]), isHex(text[place + 2]) else {
                    return "has a % without two hexadecimal digits; encode the sign itself as %25"
                }
                place += 3
                continue
            }
            guard isUnreserved(byte) || reserved.contains(byte) else {
                let what = byte == 0x20 ? "space" : byte < 0x80 ? String(UnicodeScalar(byte)) : "letter beyond ASCII"
                return "must be a URI reference (RFC 3986), which has no \(what) in it; percent-encode that"
            }
            place += 1
        }
        return nil
    }

    /// `[userinfo@]host[:port]`.
    private static func host(_ authority: ArraySlice<UInt8>) -> String? {
        var rest = authority
        if let at = rest.lastIndex(of: UInt8(ascii: "@")) {
            if rest[..<at].contains(UInt8(ascii: "@")) { return "has two @ before its path; encode the first as %40" }
            if let fault = brackets(rest[..<at]) { return fault }
            rest = rest[(at + 1)...]
        }
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")), isAddress(rest[(rest.startIndex + 1)..<end]) else {
                return "has brackets around what is no IPv6 address"
            }
            rest = rest[(end + 1)...]
            guard rest.first ?? UInt8(ascii: ":") == UInt8(ascii: ":") else {
                return "has something else than a port after its host"
            }
        } else {
            let name = rest.prefix { $0 != UInt8(ascii: ":") }
            if let fault = brackets(name) { return fault }
            rest = rest[name.endIndex...]
        }
        return rest.dropFirst().allSatisfy(isDigit) ? nil : "has a port that is no number"
    }

    private static func brackets(_ part: ArraySlice<UInt8>) -> String? {
        let hasSome = part.contains(UInt8(ascii: "[")) || part.contains(UInt8(ascii: "]"))
        return hasSome ? "has brackets outside a host; encode them as %5B and %5D" : nil
    }

    private static func isScheme(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, isLetter(first) else { return false }
        return text.allSatisfy { byte in
            isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
        }
    }

    /// IPv6, or an address of a later version.
    private static func isAddress(_ text: ArraySlice<UInt8>) -> Bool {
        if text.first.map({ $0 | 0x20 }) == UInt8(ascii: "v") {
            let version = text.dropFirst().prefix(while: isHex)
            let rest = text[version.endIndex...]
            return !version.isEmpty && rest.first == UInt8(ascii: ".") && rest.count > 1
        }
        return text.count(where: { $0 == UInt8(ascii: ":") }) >= 2
            && text.allSatisfy { isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }

    private static let reserved = Array(":/?#[]@!$&'()*+,;=".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
