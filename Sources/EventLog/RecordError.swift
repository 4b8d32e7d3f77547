/// What is wrong with the bytes of a record, or with what should become one.
public enum RecordError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Fewer bytes than any record has.
    case tooShort(byteCount: Int)
    /// The first byte is not that of a format known here.
    case unknownFormat(UInt8)
    /// Flags that this version does not know.
    case unknownFlags(UInt8)
    /// The lengths inside do not add up to the bytes there are.
    case lengthMismatch
    /// A reserved field is not zero.
    case reservedNotZero
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// `data` or `resolved` is not one BSON document of the length stated.
    case notADocument(field: String)
    /// Longer than the record has room for.
    case tooLong(field: String, byteCount: Int, limit: Int)

    public var description: String {
        switch self {
        case .tooShort(let byteCount):
            "\(byteCount) bytes are too few for a record"
        case .unknownFormat(let byte):
            "unknown record format 0x\(String(byte, radix: 16))"
        case .unknownFlags(let flags):
            "unknown record flags 0x\(String(flags, radix: 16)): written by a newer version"
        case .lengthMismatch:
            "the lengths in the record do not add up"
        case .reservedNotZero:
            "a reserved field of the record is not zero"
        case .checksumMismatch(let stored, let computed):
            "checksum 0x\(String(computed, radix: 16)) where the record says 0x\(String(stored, radix: 16))"
        case .notADocument(let field):
            "\(field) is not a BSON document"
        case .tooLong(let field, let byteCount, let limit):
            "\(field) has \(byteCount) bytes, more than the \(limit) a record can hold"
        }
    }
}
