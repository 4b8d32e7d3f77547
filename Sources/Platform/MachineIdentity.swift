import Glibc

/// What tells this run of this machine, and where a path lives on it, from any other.
///
/// Views that were not flushed are sound only while the kernel that holds their pages in memory still runs; the marker
/// beside them keeps these values and is believed only if they are unchanged.
public struct MachineIdentity: Hashable, Sendable {
    /// New at every start of the kernel: 36 characters, a UUID.
    public let bootIdentifier: String
    /// The mount the path is reached through; unique among the mounts of one boot that exist at the same time.
    public let mountIdentifier: UInt64
    /// Device and inode of what the path leads to.
    public let file: FileIdentity

    public init(bootIdentifier: String, mountIdentifier: UInt64, file: FileIdentity) {
        self.bootIdentifier = bootIdentifier
        self.mountIdentifier = mountIdentifier
        self.file = file
    }

    /// The identity of a path now.
    /// - Throws: `FileError` if the path is missing or the kernel does not say (no /proc).
    public static func current(
        path: String, fileSystem: FileSystem = .system
    ) throws(FileError) -> MachineIdentity {
        guard let status = try fileSystem.status(path) else {
            throw FileError(operation: "identify", path: path, errno: ENOENT)
        }
        return MachineIdentity(
            bootIdentifier: try bootIdentifier(fileSystem: fileSystem),
            mountIdentifier: try mountIdentifier(of: path, fileSystem: fileSystem),
            file: status.identity)
    }

    /// The kernel's boot id.
    public static func bootIdentifier(fileSystem: FileSystem = .system) throws(FileError) -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        let text = String(decoding: try fileSystem.readWhole(path), as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isWhitespace).first else {
            throw FileError(operation: "read boot id", path: path, errno: EINVAL)
        }
        return String(line)
    }

    /// The id of the mount that holds the path.
    public static func mountIdentifier(
        of path: String, fileSystem: FileSystem = .system
    ) throws(FileError) -> UInt64 {
        // Linux's O_PATH, which the Glibc module does not show. It neither opens the file nor, when it is closed,
        // drops locks this process
        // holds on it.
        let openPathOnly: Int32 = 0o10_000_000
        let descriptor = retrying { open(path, openPathOnly | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        let text = String(decoding: try fileSystem.readWhole("/proc/self/fdinfo/\(descriptor)"), as: UTF8.self)
        for line in text.split(separator: "\n") where line.hasPrefix("mnt_id:") {
            let digits = line.dropFirst("mnt_id:".count).drop { $0 == " " || $0 == "\t" }
            if let identifier = UInt64(digits) { return identifier }
        }
        throw FileError(operation: "find mount of", path: path, errno: ENOENT)
    }
}
