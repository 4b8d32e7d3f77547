import Glibc
import Platform
import Testing

/// One after another: a process being spawned shares this one's open files, and so its locks, until it is running.
@Suite(.serialized) struct LockFileTests {
    let directory: TemporaryDirectory
    var path: String { directory.path + "/LOCK" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func secondHolderIsRefusedUntilTheFirstLetsGo() throws {
        var lock: LockFile? = try FileSystem.system.lock(path)
        #expect(lock?.path == path)
        #expect(throws: FileError(operation: "lock", path: path, errno: EWOULDBLOCK)) {
            _ = try LockFile(path: path)
        }
        #expect(try FileSystem.system.readWhole(path) == Array("\(getpid())\n".utf8))
        lock = nil
        lock = try LockFile(path: path)
        #expect(lock != nil)
    }

    /// The other process is flock(1) of util-linux, which becomes the sleeper and keeps the lock.
    @Test func lockOfAnotherProcessIsRefused() throws {
        let ready = directory.path + "/ready"
        let child = try spawn(["/usr/bin/flock", "--no-fork", path, "/bin/sh", "-c", "touch '\(ready)'; exec sleep 60"])
        defer {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
        }
        for _ in 0..<1000 where try !FileSystem.system.exists(ready) { usleep(10_000) }
        #expect(try FileSystem.system.exists(ready))
        #expect(throws: FileError(operation: "lock", path: path, errno: EWOULDBLOCK)) {
            _ = try LockFile(path: path)
        }
    }

    @Test func anotherProcessIsRefused() throws {
        let lock = try LockFile(path: path)
        let attempt = ["/usr/bin/flock", "--nonblock", "--conflict-exit-code", "9", path, "/bin/true"]
        #expect(try wait(spawn(attempt)) == 9)
        withExtendedLifetime(lock) {}
    }

    @Test func theLockEndsWithItsHolder() throws {
        do {
            let lock = try LockFile(path: path)
            withExtendedLifetime(lock) {}
        }
        #expect(try wait(spawn(["/usr/bin/flock", "--nonblock", path, "/bin/true"])) == 0)
    }

    private func spawn(_ arguments: [String]) throws -> pid_t {
        var child: pid_t = 0
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let code = posix_spawn(&child, arguments[0], nil, nil, &pointers, environ)
        if code != 0 { throw FileError(operation: "spawn", path: arguments[0], errno: code) }
        return child
    }

    private func wait(_ child: pid_t) -> Int32 {
        var status: Int32 = 0
        waitpid(child, &status, 0)
        return (status >> 8) & 0xFF
    }
}
