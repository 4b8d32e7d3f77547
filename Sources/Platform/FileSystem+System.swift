import Glibc

extension FileSystem {
    /// The operating system's own file operations. Calls interrupted by a signal are taken up again.
    public static let system = FileSystem(
        readWhole: SystemCalls.readWhole,
        read: SystemCalls.read,
        writeWhole: SystemCalls.writeWhole,
        overwrite: SystemCalls.overwrite,
        rename: { (source: String, target: String) throws(FileError) in
            guard Glibc.rename(source, target) == 0 else { throw .last("rename to \(target) from", source) }
        },
        remove: { (path: String) throws(FileError) in
            guard Glibc.remove(path) == 0 else { throw .last("remove", path) }
        },
        makeDirectory: { (path: String) throws(FileError) in
            guard mkdir(path, 0o700) == 0 else { throw .last("make directory", path) }
        },
        list: SystemCalls.list,
        status: SystemCalls.status,
        volume: SystemCalls.volume,
        synchronize: { (path: String) throws(FileError) in
            try SystemCalls.withDescriptor("open to flush", path, O_RDONLY) { (descriptor) throws(FileError) in
                guard retrying({ fsync(descriptor) }) == 0 else { throw .last("flush", path) }
            }
        },
        allocate: { (path: String, byteCount: Int) throws(FileError) in
            try SystemCalls.withDescriptor("open to allocate", path, O_WRONLY | O_CREAT) {
                (descriptor) throws(FileError) in
                // A reservation that fails half way would keep all that was left on the volume.
                guard try SystemCalls.freeBytes(path) >= byteCount else {
                    throw FileError(operation: "allocate", path: path, errno: ENOSPC)
                }
                // posix_fallocate returns its errno. Where blocks cannot be reserved it writes zeros, which serves too.
                var code: Int32
                repeat {
                    code = posix_fallocate(descriptor, 0, off_t(byteCount))
                } while code == EINTR
                guard code == 0 else { throw FileError(operation: "allocate", path: path, errno: code) }
            }
        },
        lock: { (path: String) throws(FileError) in try LockFile(path: path) }
    )
}

/// Repeats a call while a signal interrupts it.
func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// The steps of `FileSystem.system` that take more than one call.
private enum SystemCalls {
    /// Opens (permissions 0600 if it creates), runs the body, closes.
    static func withDescriptor<Result>(
        _ operation: String, _ path: String, _ flags: Int32,
        _ body: (Int32) throws(FileError) -> Result
    ) throws(FileError) -> Result {
        let descriptor = retrying { open(path, flags | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw .last(operation, path) }
        // Data is flushed before; on Linux a failed close still closes.
        defer { close(descriptor) }
        return try body(descriptor)
    }

    static let readWhole: @Sendable (String) throws(FileError) -> [UInt8] = { (path) throws(FileError) in
        try withDescriptor("open to read", path, O_RDONLY) { (descriptor) throws(FileError) in
            var bytes: [UInt8] = []
            var information = stat()
            guard fstat(descriptor, &information) == 0 else { throw .last("stat", path) }
            // Files under /proc say 0 and still have content, so read until the end whatever the length says.
            var chunk = [UInt8](repeating: 0, count: min(max(Int(information.st_size) + 1, 4096), 1 << 20))
            bytes.reserveCapacity(Int(information.st_size))
            while true {
                let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
                if count == 0 { return bytes }
                if count > 0 {
                    bytes.append(contentsOf: chunk[..<count])
                } else if errno != EINTR {
                    throw .last("read", path)
                }
            }
        }
    }

    static let read: @Sendable (String, Int, Int) throws(FileError) -> [UInt8] = {
        (path, offset, count) throws(FileError) in
        try withDescriptor("open to read", path, O_RDONLY) { (descriptor) throws(FileError) in
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let got = bytes.withUnsafeMutableBytes { buffer in
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                    return pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
                }
                if got == 0 { break }
                if got > 0 {
                    done += got
                } else if errno != EINTR {
                    throw .last("read", path)
                }
            }
            bytes.removeLast(count - done)
            return bytes
        }
    }

    static let writeWhole: @Sendable (String, [UInt8]) throws(FileError) -> Void = { (path, bytes) throws(FileError) in
        try withDescriptor("open to write", path, O_WRONLY | O_CREAT | O_TRUNC) { (descriptor) throws(FileError) in
            try write(bytes, at: 0, to: descriptor, path)
            guard retrying({ fsync(descriptor) }) == 0 else { throw .last("flush", path) }
        }
    }

    static let overwrite: @Sendable (String, Int, [UInt8]) throws(FileError) -> Void = {
        (path, offset, bytes) throws(FileError) in
        try withDescriptor("open to write", path, O_WRONLY | O_CREAT) { (descriptor) throws(FileError) in
            try write(bytes, at: offset, to: descriptor, path)
            // fdatasync also flushes a changed length.
            guard retrying({ fdatasync(descriptor) }) == 0 else { throw .last("flush", path) }
        }
    }

    private static func write(
        _ bytes: [UInt8], at offset: Int, to descriptor: Int32, _ path: String
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                return pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            }
            if count > 0 {
                done += count
            } else if count == 0 {
                throw FileError(operation: "write", path: path, errno: ENOSPC)
            } else if errno != EINTR {
                throw .last("write", path)
            }
        }
    }

    static let list: @Sendable (String) throws(FileError) -> [String] = { (path) throws(FileError) in
        guard let directory = opendir(path) else { throw .last("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw .last("list", path) }
                return names.sorted()
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    static let status: @Sendable (String) throws(FileError) -> FileStatus? = { (path) throws(FileError) in
        var information = stat()
        guard stat(path, &information) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .last("stat", path)
        }
        let kind: FileStatus.Kind =
            switch information.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        return FileStatus(
            identity: FileIdentity(device: UInt64(information.st_dev), inode: UInt64(information.st_ino)),
            kind: kind,
            byteCount: Int(information.st_size),
            // st_blocks counts 512-byte units whatever the block size.
            allocatedByteCount: Int(information.st_blocks) * 512,
            permissions: UInt32(information.st_mode & 0o7777))
    }

    static let volume: @Sendable (String) throws(FileError) -> VolumeStatus = { (path) throws(FileError) in
        let information = try volumeInformation(path)
        return VolumeStatus(
            typeName: try typeName(of: path),
            totalBytes: Int(clamping: information.f_blocks) * Int(clamping: information.f_frsize),
            freeBytes: Int(clamping: information.f_bavail) * Int(clamping: information.f_frsize))
    }

    static func freeBytes(_ path: String) throws(FileError) -> Int {
        let information = try volumeInformation(path)
        return Int(clamping: information.f_bavail) * Int(clamping: information.f_frsize)
    }

    private static func volumeInformation(_ path: String) throws(FileError) -> statvfs {
        var information = statvfs()
        guard retrying({ statvfs(path, &information) }) == 0 else { throw .last("statvfs", path) }
        return information
    }

    /// The type in /proc/self/mountinfo (proc(5)): the word after " - " in the line that starts with the mount's id.
    private static func typeName(of path: String) throws(FileError) -> String {
        let mount = String(try MachineIdentity.mountIdentifier(of: path)) + " "
        let table = String(decoding: try readWhole("/proc/self/mountinfo"), as: UTF8.self)
        for line in table.split(separator: "\n") where line.hasPrefix(mount) {
            let words = line.split(separator: " ")
            if let dash = words.firstIndex(of: "-"), dash + 1 < words.count { return String(words[dash + 1]) }
        }
        return "unknown"
    }
}
