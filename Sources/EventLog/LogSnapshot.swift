internal import LMDB

/// Which way to read.
public enum ReadOrder: Sendable, Hashable {
    case forward, backward
}

/// The log as of one moment: a read transaction.
///
/// Records it gives are views into the memory map, valid while it lives. Keep it short: not across `await`, not while
/// waiting for a client; read in batches instead.
public struct LogSnapshot: ~Copyable {
    private let transaction: ReadTransaction
    private let records: Table
    private let tree: Table?

    init(_ transaction: consuming ReadTransaction, records: Table, tree: Table?) {
        self.transaction = transaction
        self.records = records
        self.tree = tree
    }

    /// The hash of a subtree that the log keeps itself; nil where it keeps none, or not this one.
    public func storedSubtree(_ subtree: MerkleSubtree) throws(LogError) -> Digest32? {
        guard let tree else { return nil }
        do throws(LMDBError) {
            let bytes = try subtree.withKey { (key) throws(LMDBError) in try transaction.get(key, in: tree) }
            return bytes.flatMap { $0.count == Digest32.byteCount ? Digest32($0) : nil }
        } catch { throw .storage(error) }
    }

    /// The last record; nil while the log is empty.
    public func last(checkCRC: Bool = true) throws(LogError) -> Record? {
        var last: Record?
        try read(order: .backward, checkCRC: checkCRC) { (record) throws(LogError) in
            last = record
            return false
        }
        return last
    }

    /// The record at a position; nil where the log has none. O(log n).
    public func record(at position: UInt64, checkCRC: Bool = true) throws(LogError) -> Record? {
        guard let value = try stored(at: position) else { return nil }
        return try Self.validated(value, at: position, checkCRC: checkCRC)
    }

    /// What stands at a position, whatever it is.
    func stored(at position: UInt64) throws(LogError) -> UnsafeRawBufferPointer? {
        do throws(LMDBError) {
            return try PositionKey.with(position) { (key) throws(LMDBError) in try transaction.get(key, in: records) }
        } catch { throw .storage(error) }
    }

    /// Gives the records of `from...through` to `body`, which returns whether to go on. A position missing in between
    /// is an error.
    ///
    /// - Returns: the number of records given; 0 where the log ends before `from`.
    @discardableResult
    public func read(
        from: UInt64 = 1, through: UInt64 = .max, order: ReadOrder = .forward, checkCRC: Bool = true,
        _ body: (Record) throws(LogError) -> Bool
    ) throws(LogError) -> Int {
        // Position 0 is no record's.
        let from = max(from, 1)
        guard from <= through else { return 0 }
        var failure: LogError?
        var count = 0
        do throws(LMDBError) {
            var cursor = try transaction.cursor(records)
            // Backward from past the end, the first position is whatever the last one is.
            var (found, expected) = try Self.start(&cursor, order == .forward ? from : through, order)
            while found {
                let (key, value) = (cursor.key, cursor.value)
                do throws(LogError) {
                    guard let position = PositionKey.position(key), position == expected ?? position else {
                        throw .missingRecord(position: expected ?? through)
                    }
                    guard position >= from, position <= through else { return count }
                    let record = try Self.validated(value, at: position, checkCRC: checkCRC)
                    count += 1
                    guard try body(record) else { return count }
                    if order == .forward ? position == through : position == from { return count }
                    expected = order == .forward ? position + 1 : position - 1
                } catch {
                    failure = error
                    break
                }
                found = order == .forward ? try cursor.next() : try cursor.previous()
            }
            // Forward, running out is the end of the log. Backward, the log has to go down to 1.
            if failure == nil, order == .backward, let expected, expected >= from {
                failure = .missingRecord(position: expected)
            }
        } catch {
            throw .storage(error)
        }
        if let failure { throw failure }
        return count
    }

    /// Moves to where reading starts: whether an entry is there, and which position it has to have.
    private static func start(
        _ cursor: inout Cursor, _ position: UInt64, _ order: ReadOrder
    ) throws(LMDBError) -> (Bool, UInt64?) {
        let isThere = try PositionKey.with(position) { (key) throws(LMDBError) in try cursor.seek(atOrAfter: key) }
        if order == .forward || (isThere && PositionKey.position(cursor.key) == position) { return (isThere, position) }
        // Where a later record follows, this one is missing.
        return (try cursor.previous(), isThere ? position : nil)
    }

    private static func validated(
        _ value: UnsafeRawBufferPointer, at position: UInt64, checkCRC: Bool
    ) throws(LogError) -> Record {
        let record: Record
        do throws(RecordError) {
            record = try Record(validating: value, checkCRC: checkCRC)
        } catch {
            throw .damagedRecord(position: position, error)
        }
        guard record.position == position else { throw .misplacedRecord(position: position, says: record.position) }
        return record
    }
}
