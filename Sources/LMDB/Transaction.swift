/// What can be read in a transaction, whether it only reads or also writes.
///
/// Generic code takes `borrowing some Transaction & ~Copyable`. Keys are compared as unsigned bytes from left to right,
/// a prefix before what it begins, and have 1 to 511 bytes: others throw `badKeySize`.
public protocol Transaction: ~Copyable {
    /// The snapshot's number: the id of the last commit it sees; in a write transaction the id its commit will have.
    var identifier: Int { get }

    /// The value of a key, or nil. O(log n), no copy.
    ///
    /// The bytes lie in the memory map: valid until the transaction ends; in a write transaction until its next write.
    func get(_ key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> UnsafeRawBufferPointer?

    /// The value of a key, or nil, as a span that cannot outlive the transaction. O(log n), no copy.
    ///
    /// In a write transaction do not use it past the transaction's next write, which the compiler does not check.
    @_lifetime(borrow self)
    func span(of key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> RawSpan?

    /// A cursor over a table, standing nowhere yet. Use it no longer than the transaction: later calls throw
    /// `transactionEnded`.
    func cursor(_ table: Table) throws(LMDBError) -> Cursor

    /// The number of entries. O(1).
    func entryCount(_ table: Table) throws(LMDBError) -> Int

    /// How full the table is. O(1).
    func statistics(_ table: Table) throws(LMDBError) -> TableStatistics
}
