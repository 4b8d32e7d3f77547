import Glibc

/// A system call on a file that failed: which one, on which path, with which errno.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The operation in words, for example "rename".
    public let operation: String
    public let path: String
    public let errno: Int32

    public init(operation: String, path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// The error of the system call that has just failed on this thread.
    static func last(_ operation: String, _ path: String) -> FileError {
        FileError(operation: operation, path: path, errno: Glibc.errno)
    }

    public var description: String {
        "\(operation) \(path): \(FileError.message(errno: errno)) (errno \(errno))"
    }

    /// The system's words for an errno.
    public static func message(errno: Int32) -> String {
        // glibc keeps one buffer a thread for this (since 2.32), so the copy is made safely.
        guard let text = strerror(errno) else { return "error" }
        return String(cString: text)
    }
}

extension FileError {
    /// Another process holds the lock.
    public var isWouldBlock: Bool { errno == EWOULDBLOCK }
    public var isNoSpace: Bool { errno == ENOSPC }
    /// There is nothing of that name.
    public var isMissing: Bool { errno == ENOENT }
}
