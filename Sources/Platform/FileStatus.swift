/// What tells one file from every other on this machine: paths, links and mounts may lead to the same one.
public struct FileIdentity: Hashable, Sendable {
    public let device: UInt64
    public let inode: UInt64

    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

/// What `stat` says of a file.
public struct FileStatus: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case file, directory, other
    }

    public let identity: FileIdentity
    public let kind: Kind
    /// Length in bytes; a sparse file occupies less.
    public let byteCount: Int
    /// Bytes the file really occupies.
    public let allocatedByteCount: Int
    /// Permission bits, for example 0o600.
    public let permissions: UInt32

    public init(
        identity: FileIdentity, kind: Kind, byteCount: Int, allocatedByteCount: Int, permissions: UInt32
    ) {
        self.identity = identity
        self.kind = kind
        self.byteCount = byteCount
        self.allocatedByteCount = allocatedByteCount
        self.permissions = permissions
    }
}
