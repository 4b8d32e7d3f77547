import Glibc

/// What the kernel writes when this process crashes.
public enum CoreDumps {
    /// Leaves out what is mapped from files: the store's maps, as large as its address space and full of what people
    /// wrote. Only for this process (core(5), /proc/PID/coredump_filter).
    public static func leaveOutMappedFiles() throws(FileError) {
        let path = "/proc/self/coredump_filter"
        let text = String(decoding: try FileSystem.system.readWhole(path), as: UTF8.self)
        guard let filter = UInt32(text.filter { $0.isHexDigit }, radix: 16) else {
            throw FileError(operation: "read", path: path, errno: EINVAL)
        }
        // Private and shared mappings of files: of ordinary ones (bits 2 and 3) and of persistent memory (7 and 8).
        let mapped: UInt32 = 0b1_1000_1100
        // Files of the kernel's cannot be flushed, as `FileSystem` would.
        let descriptor = retrying { open(path, O_WRONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .last("open to write", path) }
        defer { close(descriptor) }
        let line = Array("0x\(String(filter & ~mapped, radix: 16))\n".utf8)
        guard write(descriptor, line, line.count) == line.count else { throw .last("write", path) }
    }
}
