import Schema

/// What CloudEvents 1.0 says of the names and values of an event's attributes.
enum AttributeText {
    /// The first character that no attribute may have: controls, and what Unicode calls noncharacters. Lone surrogates are no
    /// text here.
    static func forbidden(in text: String) -> Unicode.Scalar? {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return nil }
        return text.unicodeScalars.first { scalar in
            switch scalar.value {
            case ..<0x20, 0x7F...0x9F, 0xFDD0...0xFDEF: true
            case let code: code & 0xFFFE == 0xFFFE
            }
        }
    }

    /// Why an attribute may not have this value; `nil` where it may.
    static func refusal(of name: String, _ text: String) -> Refusal? {
        guard let scalar = forbidden(in: text) else { return nil }
        let code = String(scalar.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
        return Refusal(.format, name, "has the character U+\(padded), which no attribute may have; leave it out")
    }

    /// Whether an attribute may be named so.
    static func isName(_ name: UnsafeRawBufferPointer) -> Bool {
        !name.isEmpty && name.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    /// Whether a media type says that the data is JSON (JSON event format, 3.1).
    static func isJSON(_ mediaType: String) -> Bool {
        let type = mediaType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        let parts = type.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && (parts[1] == "json" || parts[1].hasSuffix("+json"))
    }
}
