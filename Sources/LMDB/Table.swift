/// A named tree of keys and values in an environment. Good for as long as its environment is open, in any transaction.
public struct Table: Sendable, Hashable {
    /// MDB_dbi
    let identifier: UInt32
}

/// How full a table is, in pages of `EnvironmentStatistics.pageBytes`.
public struct TableStatistics: Sendable, Hashable {
    public let entryCount: Int
    /// Height of the tree; 0 if empty.
    public let depth: Int
    public let branchPages: Int
    public let leafPages: Int
    /// Pages of values too long for a leaf (about 2 KB and more).
    public let overflowPages: Int
}
