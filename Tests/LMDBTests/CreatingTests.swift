import Glibc
import LMDB
import Platform
import Synchronization
import Testing

@Suite struct CreatingTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func create(_ fileSystem: FileSystem = .system) throws {
        _ = try Environment.create(
            directory: directory("env"), tables: ["a"], options: .small, fileSystem: fileSystem)
    }

    @Test func stepsComeInTheOrderThatSurvivesACrash() throws {
        let log = Log()
        var files = FileSystem.system
        files.makeDirectory = { (path) throws(FileError) in
            log.add("make \(path)")
            try FileSystem.system.makeDirectory(path)
        }
        files.synchronize = { (path) throws(FileError) in
            log.add("flush \(path)")
            try FileSystem.system.synchronize(path)
        }
        files.rename = { (source, target) throws(FileError) in
            log.add("rename \(source) \(target)")
            try FileSystem.system.rename(source, target)
        }
        try create(files)
        let env = directory("env")
        #expect(
            log.all == [
                "make \(env).new", "flush \(env).new/data.mdb", "flush \(env).new", "rename \(env).new \(env)",
                "flush \(directory.path)",
            ])
        #expect(try FileSystem.system.list(directory.path) == ["env"])
        #expect(try FileSystem.system.status(env + "/data.mdb")?.permissions == 0o600)
        #expect(try FileSystem.system.status(env)?.permissions == 0o700)
    }

    @Test(arguments: ["make", "flush data", "flush directory", "rename"])
    func aFailedStepLeavesNothing(step: String) throws {
        var files = FileSystem.system
        switch step {
        case "make":
            files.makeDirectory = { (path) throws(FileError) in
                throw FileError(operation: step, path: path, errno: EIO)
            }
        case "rename":
            files.rename = { (path, _) throws(FileError) in
                throw FileError(operation: step, path: path, errno: EIO)
            }
        default:
            files.synchronize = { (path) throws(FileError) in
                if path.hasSuffix("data.mdb") == (step == "flush data") {
                    throw FileError(operation: step, path: path, errno: EIO)
                }
            }
        }
        #expect(failure { try create(files) } == .io(EIO))
        #expect(try FileSystem.system.list(directory.path).isEmpty)
        try create()
        #expect(try FileSystem.system.list(directory.path) == ["env"])
    }

    @Test func leftoversOfACrashAreRemoved() throws {
        try create()
        try FileSystem.system.rename(directory("env"), directory("env.new"))
        try FileSystem.system.writeWhole(directory("env.new/stray"), [1])
        try create()
        #expect(try FileSystem.system.list(directory.path) == ["env"])
        #expect(try !FileSystem.system.list(directory("env")).contains("stray"))
    }

    @Test func whatIsThereIsLeftAlone() throws {
        do {
            let environment = try Environment.create(
                directory: directory("env"), tables: ["a"], options: .small)
            let table = try environment.existingTable("a")
            try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
        }
        #expect(failure { try create() } == .io(ENOTEMPTY))
        let environment = try Environment.openOrCreate(
            directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        #expect(try environment.beginRead().value(key(1), in: table) == [1])
        try FileSystem.system.writeWhole(directory("file"), [1])
        #expect(
            failure { _ = try Environment.create(directory: directory("file"), tables: [], options: .small) }
                == .io(EEXIST))
    }

    @Test func openOrCreateCreatesInMissingAndEmptyDirectories() throws {
        try FileSystem.system.makeDirectory(directory("empty"))
        for name in ["missing", "empty"] {
            let environment = try Environment.openOrCreate(
                directory: directory(name), tables: ["a"], options: .small)
            let table = try environment.existingTable("a")
            #expect(try environment.beginRead().entryCount(table) == 0)
        }
    }

    @Test(arguments: [false, true])
    func copiesAreWholeAndFlushed(compacting: Bool) throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        for round in 0..<20 {
            try environment.write { transaction in
                for number in 0..<200 { try transaction.put(key(number), key(round + number), in: table) }
            }
        }
        let log = Log()
        var files = FileSystem.system
        files.synchronize = { (path) throws(FileError) in
            log.add(path)
            try FileSystem.system.synchronize(path)
        }
        try environment.copy(to: directory("copy"), compacting: compacting, fileSystem: files)
        let new = directory("copy.new")
        #expect(log.all == [new + "/data.mdb", new, directory.path])
        #expect(try FileSystem.system.status(directory("copy/data.mdb"))?.permissions == 0o600)
        let expected = try environment.beginRead().entries(table)
        try environment.write { transaction in try transaction.put(key(0), [], in: table) }
        let copy = try Environment(directory: directory("copy"), tables: ["a"], options: .small)
        let copied = try copy.existingTable("a")
        #expect(try copy.beginRead().entries(copied) == expected)
        #expect(expected.count == 200)
        #expect(failure { try environment.copy(to: directory("copy"), compacting: compacting) } == .io(ENOTEMPTY))
        // No free pages in a compact copy, the original's in the other.
        let (pages, copiedPages) = (try environment.statistics().lastPage, try copy.statistics().lastPage)
        if compacting { #expect(copiedPages < pages) }
    }

    final class Log: Sendable {
        private let steps = Mutex<[String]>([])
        var all: [String] { steps.withLock { $0 } }
        func add(_ step: String) { steps.withLock { $0.append(step) } }
    }
}
