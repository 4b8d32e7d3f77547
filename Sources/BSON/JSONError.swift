/// Why a text was refused, and where.
public struct JSONError: Error, Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The text ends inside a value.
        case unexpectedEnd
        /// A byte that RFC 8259's grammar does not allow here.
        case unexpectedCharacter
        /// Something other than `true`, `false` or `null` that begins like one of them.
        case invalidLiteral
        /// A number written as RFC 8259 section 6 does not allow: `01`, `1.`, `+1`, `.5`.
        case invalidNumber
        /// A number that no finite double can hold, such as `1e999`.
        case numberOutOfRange
        /// A number with more characters than ``JSON/Limits/maxNumberLength``.
        case numberTooLong
        /// A backslash followed by something RFC 8259 section 7 does not list.
        case invalidEscape
        /// Half of a UTF-16 surrogate pair (`\ud800` alone).
        case loneSurrogate
        /// Bytes that are not UTF-8 (RFC 3629).
        case invalidUTF8
        /// A byte below 0x20 inside a string.
        case controlCharacter
        /// The same name twice in one object.
        case duplicateKey
        /// A name that contains U+0000, which BSON cannot store.
        case nulInKey
        /// A name longer than ``JSON/Limits/maxKeyBytes``.
        case keyTooLong
        /// More nesting than ``JSON/Limits/maxDepth``.
        case tooDeep
        /// More members than ``JSON/Limits/maxFields``.
        case tooManyFields
        /// More elements than ``JSON/Limits/maxArray``.
        case tooManyElements
        /// More bytes than ``JSON/Limits/maxBytes``, or than BSON's 32-bit lengths can say.
        case tooLarge
        /// Something after the value.
        case trailingBytes
        /// A value other than an object where a document is wanted.
        case notADocument
        /// An Extended JSON type wrapper (`{"$oid": …}`) with a wrong value, or with other members beside it.
        case invalidWrapper
    }

    public let kind: Kind
    /// Bytes before the one that is wrong. For a wrong type wrapper: before its opening brace.
    public let byteOffset: Int
    /// The line of that byte, from 1.
    public let line: Int
    /// Names and array indexes that lead to the offending member, joined by dots; empty at the top.
    public let path: String

    public init(kind: Kind, byteOffset: Int, line: Int = 1, path: String = "") {
        self.kind = kind
        self.byteOffset = byteOffset
        self.line = line
        self.path = path
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        let place = path.isEmpty ? "" : " in \"\(path)\""
        return "\(explanation)\(place) at byte \(byteOffset), line \(line)"
    }

    /// What is wrong, as a sentence's beginning, for people.
    public var explanation: String {
        switch kind {
        case .unexpectedEnd: "the text ends too early"
        case .unexpectedCharacter: "unexpected character"
        case .invalidLiteral: "expected true, false or null"
        case .invalidNumber: "malformed number"
        case .numberOutOfRange: "number out of range"
        case .numberTooLong: "number with too many digits"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate: "half of a surrogate pair in a string"
        case .invalidUTF8: "invalid UTF-8"
        case .controlCharacter: "unescaped control character in a string"
        case .duplicateKey: "duplicate member name"
        case .nulInKey: "U+0000 in a member name"
        case .keyTooLong: "member name too long"
        case .tooDeep: "too deeply nested"
        case .tooManyFields: "too many members in an object"
        case .tooManyElements: "too many elements in an array"
        case .tooLarge: "text too large"
        case .trailingBytes: "unexpected text after the value"
        case .notADocument: "expected an object"
        case .invalidWrapper: "invalid Extended JSON type wrapper"
        }
    }
}
