/// The file system that holds a path: its type and its space.
public struct VolumeStatus: Hashable, Sendable {
    /// The kernel's name for the type, such as "ext4", "tmpfs", "nfs4" or "fuse.sshfs"; "unknown" if it does not say.
    public let typeName: String
    /// Bytes in all.
    public let totalBytes: Int
    /// Bytes an ordinary user may still write.
    public let freeBytes: Int

    public init(typeName: String, totalBytes: Int, freeBytes: Int) {
        self.typeName = typeName
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
    }

    /// Whether memory maps or locks are known to misbehave here: network and user-space file systems.
    public var isUnsafeForMemoryMaps: Bool {
        if typeName.hasPrefix("nfs") || typeName.hasPrefix("fuse") || typeName.hasPrefix("smb") { return true }
        return ["cifs", "9p", "ceph", "afs", "virtiofs", "vboxsf"].contains(typeName)
    }

    /// Whether this is the writable layer of a container, which goes with the container. Maps and locks work on what is
    /// written here: it lies on the file system below.
    public var isLayered: Bool { ["overlay", "aufs"].contains(typeName) }
}
