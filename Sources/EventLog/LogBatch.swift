public import BSON

/// Records that become durable together: encoded one after the other into one buffer, for ``EventLog/append(_:)``.
///
/// Keep one and ``removeAll()`` it between batches: its buffer stays.
public struct LogBatch: Sendable {
    /// The records, back to back.
    public private(set) var bytes: [UInt8] = []
    private var ends: [Int] = []

    public init(reserving byteCount: Int = 0) {
        bytes.reserveCapacity(byteCount)
    }

    public var count: Int { ends.count }
    public var isEmpty: Bool { ends.isEmpty }
    public var byteCount: Int { bytes.count }

    /// Where record `index` of the batch stands in ``bytes``.
    public func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// Encodes one more record.
    public mutating func add(
        _ draft: borrowing EventDraft, position: UInt64, recordedTime: DateTime, streamVersion: UInt64,
        resolved: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) throws(RecordError) {
        try RecordEncoder.encode(
            draft, position: position, recordedTime: recordedTime, streamVersion: streamVersion, resolved: resolved,
            into: &bytes)
        ends.append(bytes.count)
    }

    /// Adds a record that was encoded elsewhere (a restore, a replica), validated here.
    public mutating func add(_ record: UnsafeRawBufferPointer) throws(RecordError) {
        _ = try Record(validating: record)
        bytes.append(contentsOf: record)
        ends.append(bytes.count)
    }

    /// Keeps the first `count` records: takes back those of a request that was refused.
    public mutating func truncate(to count: Int) {
        ends.removeLast(ends.count - count)
        bytes.removeLast(bytes.count - (ends.last ?? 0))
    }

    /// Empties the batch, keeping the buffer.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// The Merkle leaf of record `index`: two SHA-256, one over its data.
    public func leaf(_ index: Int) -> Digest32 { withRecord(index) { RecordEncoder.leaf(of: $0) } }

    /// Reads record `index` in place. It must not leave `body`.
    public func withRecord<R, E: Error>(_ index: Int, _ body: (Record) throws(E) -> R) throws(E) -> R {
        let range = range(index)
        return try bytes.withRawBytes { (raw) throws(E) -> R in
            try body(Record(trusted: UnsafeRawBufferPointer(rebasing: raw[range])))
        }
    }
}
