import Glibc
import Platform
import Synchronization
import Testing

@Suite struct AtomicWriteTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func replacesTheContent() throws {
        let path = directory.path + "/state"
        try FileSystem.system.writeAtomically(path, [1, 2, 3])
        try FileSystem.system.writeAtomically(path, [4])
        #expect(try FileSystem.system.readWhole(path) == [4])
        #expect(try FileSystem.system.list(directory.path) == ["state"])
    }

    @Test func stepsComeInTheOrderThatSurvivesACrash() throws {
        let steps = Recorder()
        var files = FileSystem.system
        files.writeWhole = { (path, bytes) throws(FileError) in
            steps.add("write \(path)")
            try FileSystem.system.writeWhole(path, bytes)
        }
        files.rename = { (source, target) throws(FileError) in
            steps.add("rename \(source) \(target)")
            try FileSystem.system.rename(source, target)
        }
        files.synchronize = { (path) throws(FileError) in
            steps.add("flush \(path)")
            try FileSystem.system.synchronize(path)
        }
        let path = directory.path + "/state"
        try files.writeAtomically(path, [1])
        #expect(steps.all == ["write \(path).new", "rename \(path).new \(path)", "flush \(directory.path)"])
    }

    @Test(arguments: ["write", "rename"])
    func aFailedStepLeavesTheOldContent(step: String) throws {
        let path = directory.path + "/state"
        try FileSystem.system.writeAtomically(path, [1, 2, 3])
        var files = FileSystem.system
        if step == "write" {
            files.writeWhole = { (path, bytes) throws(FileError) in
                try FileSystem.system.writeWhole(path, Array(bytes.prefix(1)))
                throw FileError(operation: "write", path: path, errno: ENOSPC)
            }
        } else {
            files.rename = { (source, _) throws(FileError) in
                throw FileError(operation: "rename", path: source, errno: EIO)
            }
        }
        #expect(throws: FileError.self) { try files.writeAtomically(path, [9, 9]) }
        #expect(try FileSystem.system.readWhole(path) == [1, 2, 3])
        #expect(try FileSystem.system.list(directory.path) == ["state"])
    }

    @Test func aLeftoverDoesNotStandInTheWay() throws {
        let path = directory.path + "/state"
        try FileSystem.system.writeWhole(path + ".new", [7, 7, 7])
        try FileSystem.system.writeAtomically(path, [1])
        #expect(try FileSystem.system.readWhole(path) == [1])
    }

    final class Recorder: Sendable {
        private let steps = Mutex<[String]>([])
        var all: [String] { steps.withLock { $0 } }
        func add(_ step: String) { steps.withLock { $0.append(step) } }
    }
}
