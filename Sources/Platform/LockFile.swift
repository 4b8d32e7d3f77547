import Glibc

/// A file whose flock this process holds for as long as this object lives.
///
/// Keeps a second server off a data directory, which LMDB's own locks do not (two processes may both write in turn).
/// The lock ends with the process, however it ends; the file stays, since removing it would let two holders in.
public final class LockFile: Sendable {
    public let path: String
    private let descriptor: Int32

    /// Takes the lock without waiting and writes this process's id into the file, for people to read.
    /// - Throws: `FileError` with EWOULDBLOCK if it is held, here or in another process.
    public init(path: String) throws(FileError) {
        let descriptor = retrying { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw .last("open lock file", path) }
        guard retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
            let error = FileError.last("lock", path)
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        // Only informative: the lock is held whether or not this can be written.
        let line = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 {
            _ = line.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
    }

    deinit {
        close(descriptor)
    }
}
