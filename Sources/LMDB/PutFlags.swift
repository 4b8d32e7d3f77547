internal import CLMDB

/// How to put an entry.
public struct PutFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The key is above every key of the table: no search, pages filled to the brim. Otherwise `keyExists` is thrown.
    public static let append = PutFlags(rawValue: UInt32(MDB_APPEND))
    /// An entry that is there stays as it is, and the call returns false.
    public static let noOverwrite = PutFlags(rawValue: UInt32(MDB_NOOVERWRITE))

    /// The only bits that reach LMDB.
    var code: UInt32 { rawValue & (PutFlags.append.rawValue | PutFlags.noOverwrite.rawValue) }
}
