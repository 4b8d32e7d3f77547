internal import Annals
internal import BSON

/// A JSON Web Token that was checked: signed by a key that is known, for this service, of its issuer, in its time.
struct Token {
    /// Of what is appended with it.
    let principal: String
    let scopes: [Scope]
    private static let longest = 8 << 10

    /// `nil` where anything is wrong with it: what, is nobody's business. `now` in milliseconds.
    init?(_ text: String, _ options: TokenOptions, now: Int64) {
        guard text.utf8.count <= Self.longest else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Base64URL.bytes(parts[2]), let algorithm = Self.text(header, "alg"),
            // Extensions that must be understood are not.
            header["crit"] == nil
        else { return nil }
        let id = Self.text(header, "kid")
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        let isSigned = options.keys.contains { key in
            key.algorithm == algorithm && (id == nil || key.id == nil || key.id == id)
                && key.isValid(signature, for: signed)
        }
        guard isSigned, Self.text(claims, "iss") == options.issuer, Self.audiences(claims).contains(options.audience),
            let subject = Self.text(claims, "sub"), (1...200).contains(subject.utf8.count),
            let expires = Self.seconds(claims, "exp"), now / 1_000 < expires.addingClamped(options.leewaySeconds)
        else { return nil }
        if claims["nbf"] != nil {
            guard let begins = Self.seconds(claims, "nbf"), now / 1_000 >= begins.addingClamped(-options.leewaySeconds)
            else { return nil }
        }
        principal = "token:\(subject)"
        scopes = (Self.text(claims, "scope") ?? "").split(separator: " ").compactMap { Scope(String($0)) }
    }

    /// Whether it looks like one at all, and not like a key.
    static func isOne(_ text: String) -> Bool { text.utf8.count { $0 == 0x2E } == 2 }

    private static func object(_ part: Substring) -> Document? {
        Base64URL.bytes(part).flatMap { try? JSON.parse($0, extended: false) }
    }

    private static func text(_ document: Document, _ name: String) -> String? {
        if case .string(let text)? = document[FieldPath(name)] { text } else { nil }
    }

    private static func audiences(_ claims: Document) -> [String] {
        switch claims["aud"] {
        case .string(let text)?: [text]
        case .array(let elements)?: elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
        default: []
        }
    }

    private static func seconds(_ claims: Document, _ name: String) -> Int64? {
        switch claims[FieldPath(name)] {
        case .int32(let number)?: Int64(number)
        case .int64(let number)?: number
        case .double(let number)? where number.isFinite && abs(number) < 1e15: Int64(number)
        default: nil
        }
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
