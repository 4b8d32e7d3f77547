public import Platform
internal import Glibc

/// Nanoseconds of a clock that only moves forward.
func nanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

func secondsSince(_ start: Int64) -> Double { Double(nanoseconds() - start) / 1e9 }

/// What this process has used of memory, as the kernel counts it.
public enum ProcessMemory {
    /// The most that was resident at once, pages of mapped files (the page cache) among it.
    public static var peakBytes: Int64 { status("VmHWM:") }
    /// Resident now and not backed by a file: what the process itself needs.
    static var anonymousBytes: Int64 { status("RssAnon:") }

    /// Lets the peak begin anew (proc(5), clear_refs).
    static func resetPeak() {
        let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = write(descriptor, "5\n", 2)
        close(descriptor)
    }

    private static func status(_ field: String) -> Int64 {
        guard let bytes = try? FileSystem.system.readWhole("/proc/self/status") else { return 0 }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(field) {
            return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int64($0) }.map { $0 * 1024 } ?? 0
        }
        return 0
    }
}

/// What a flush costs here and now: the yardstick of every durable figure.
public enum FlushProbe {
    /// Median microseconds of appending 4 KiB to a file in `directory` and flushing it.
    public static func microseconds(in directory: String, rounds: Int = 60) throws(FileError) -> Double {
        let path = directory + "/flush-probe"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, errno: errno) }
        defer {
            close(descriptor)
            unlink(path)
        }
        let block = [UInt8](repeating: 7, count: 4096)
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = nanoseconds()
            guard write(descriptor, block, block.count) == block.count, fdatasync(descriptor) == 0 else {
                throw FileError(operation: "flush", path: path, errno: errno)
            }
            times.append(Double(nanoseconds() - start) / 1000)
        }
        return times.sorted()[times.count / 2]
    }
}

/// Bytes that a file takes on disk.
func diskBytes(_ path: String) -> Double {
    (try? FileSystem.system.status(path)).flatMap { $0 }.map { Double($0.allocatedByteCount) } ?? 0
}
