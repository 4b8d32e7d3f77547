/// A record's bytes, owned: what may leave a transaction and cross threads.
public struct StoredRecord: Sendable, Hashable {
    /// A whole record, validated.
    public let bytes: [UInt8]

    public init(copying record: Record) {
        bytes = Array(record.bytes)
    }

    /// Checks the bytes as ``Record/init(validating:checkCRC:)`` does.
    public init(validating bytes: [UInt8]) throws(RecordError) {
        try bytes.withRawBytes { (raw) throws(RecordError) in _ = try Record(validating: raw) }
        self.bytes = bytes
    }

    /// Reads the record in place. It must not leave `body`.
    public func withRecord<R, E: Error>(_ body: (Record) throws(E) -> R) throws(E) -> R {
        try bytes.withRawBytes { (raw) throws(E) -> R in try body(Record(trusted: raw)) }
    }
}

extension Record {
    /// Bytes that were validated before and cannot have changed since.
    init(trusted bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }
}
