/// Why bytes are not a BSON document we accept.
public struct BSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Fewer bytes than the length says, or than a value needs.
        case truncated
        /// A length that is negative, too small, or does not end where its document ends.
        case badLength
        /// A document or string whose final zero byte is missing.
        case missingTerminator
        case unknownType(UInt8)
        case invalidUTF8
        /// A boolean that is neither 0 nor 1.
        case invalidBool
        case duplicateName
        case tooDeep
        case tooLarge
        /// Bytes after the end of the document.
        case trailingBytes
    }

    public let kind: Kind
    /// Byte offset in the outermost document.
    public let offset: Int
    /// Dotted path to the element at fault, where it is known.
    public let path: String?

    public init(_ kind: Kind, offset: Int, path: String? = nil) {
        self.kind = kind
        self.offset = offset
        self.path = path
    }

    public var description: String {
        let place = path.map { " in \"\($0)\"" } ?? ""
        return "invalid BSON: \(kind) at byte \(offset)\(place)"
    }
}
