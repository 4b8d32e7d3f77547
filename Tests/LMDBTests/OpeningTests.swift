import Glibc
import LMDB
import Platform
import Testing

@Suite struct OpeningTests {
    let directory: TemporaryDirectory
    let files = FileSystem.system

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(_ path: String) -> LMDBError.Kind? {
        failure { _ = try Environment(directory: path, tables: ["a"], options: .small) }
    }

    @Test func aSecondOpeningIsRefusedByEveryPath() throws {
        let path = directory("env")
        do {
            let environment = try Environment.create(directory: path, tables: ["a"], options: .small)
            let table = try environment.existingTable("a")
            #expect(open(path) == .alreadyOpen)
            #expect(open(path + "/") == .alreadyOpen)
            #expect(open(directory.path + "/./env/../env") == .alreadyOpen)
            #expect(symlink(path, directory("link")) == 0)
            #expect(open(directory("link")) == .alreadyOpen)
            // The data file alone, by a hard link, by a symbolic link; and the lock file alone.
            try files.makeDirectory(directory("hard"))
            #expect(link(path + "/data.mdb", directory("hard/data.mdb")) == 0)
            #expect(open(directory("hard")) == .alreadyOpen)
            try files.makeDirectory(directory("soft"))
            #expect(symlink(path + "/data.mdb", directory("soft/data.mdb")) == 0)
            #expect(open(directory("soft")) == .alreadyOpen)
            try files.makeDirectory(directory("lock"))
            try environment.copy(to: directory("copy"), compacting: false)
            try files.rename(directory("copy/data.mdb"), directory("lock/data.mdb"))
            #expect(link(path + "/lock.mdb", directory("lock/lock.mdb")) == 0)
            #expect(open(directory("lock")) == .alreadyOpen)
            // None of which has harmed the first.
            try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
            #expect(try environment.beginRead().entryCount(table) == 1)
        }
        #expect(open(path) == nil)
        #expect(open(directory("hard")) == nil)
        #expect(open(path) == nil)
    }

    @Test func aReaderKeepsTheEnvironmentOpen() throws {
        let path = directory("env")
        let environment = try Environment.create(directory: path, tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
        let reader = try environment.beginRead()
        _ = consume environment
        #expect(try reader.value(key(1), in: table) == [1])
        #expect(open(path) == .alreadyOpen)
        reader.end()
        #expect(open(path) == nil)
    }

    @Test func aMissingEnvironmentIsNotMadeUnasked() throws {
        #expect(open(directory("none")) == .io(ENOENT))
        try files.makeDirectory(directory("empty"))
        #expect(open(directory("empty")) == .io(ENOENT))
        #expect(try files.list(directory("empty")).isEmpty)
    }

    @Test func whatIsNoEnvironmentIsRefused() throws {
        for (name, content) in [("zero", []), ("garbage", SplitMix64.garbage)] {
            try files.makeDirectory(directory(name))
            try files.writeWhole(directory(name + "/data.mdb"), content)
            #expect(open(directory(name)) == .invalid)
            #expect(try files.readWhole(directory(name + "/data.mdb")) == content)
        }
        // A failed opening leaves no trace in the registry.
        try Environment.create(directory: directory("whole"), tables: ["a"], options: .small).sync()
        try files.writeWhole(directory("zero/data.mdb"), try files.readWhole(directory("whole/data.mdb")))
        #expect(open(directory("zero")) == nil)
    }

    @Test func readOnlyHasTheTablesThatExistAndCannotWrite() throws {
        let path = directory("env")
        do {
            let environment = try Environment.create(directory: path, tables: ["a"], options: .small)
            let table = try environment.existingTable("a")
            try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
        }
        var options = EnvironmentOptions.small
        options.readOnly = true
        let environment = try Environment(directory: path, tables: ["a", "missing"], options: options)
        let table = try environment.existingTable("a")
        let missing = environment.table("missing")
        #expect(missing == nil)
        #expect(try environment.beginRead().value(key(1), in: table) == [1])
        #expect(failure { _ = try environment.beginWrite() } == .io(EACCES))
    }

    @Test func newTablesAreMadeAtOpening() throws {
        let path = directory("env")
        do {
            let environment = try Environment.create(directory: path, tables: ["a"], options: .small)
            let table = try environment.existingTable("a")
            try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
        }
        let environment = try Environment(directory: path, tables: ["b", "a"], options: .small)
        let (a, b) = try (environment.existingTable("a"), environment.existingTable("b"))
        try environment.write { transaction in try transaction.put(key(2), [2], in: b) }
        #expect(try environment.beginRead().entries(a) == [Entry(key: key(1), value: [1])])
    }

    @Test func impossibleOptionsAreRefused() {
        let few = EnvironmentOptions(mapBytes: 1 << 20, maxTables: 1, synchronous: false)
        #expect(
            failure { _ = try Environment.create(directory: directory("x"), tables: ["a", "b"], options: few) }
                == .io(EINVAL))
        let none = EnvironmentOptions(mapBytes: 0, maxTables: 1, synchronous: false)
        #expect(
            failure { _ = try Environment.create(directory: directory("x"), tables: ["a"], options: none) }
                == .io(EINVAL))
    }

    @Test func hugeMapsTakeNoDisk() throws {
        let options = EnvironmentOptions(mapBytes: 1 << 40, maxTables: 1, synchronous: true)
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options)
        #expect(try environment.statistics().mapBytes == 1 << 40)
        #expect(try #require(try files.status(directory("env/data.mdb"))).byteCount < 1 << 16)
    }

    @Test(arguments: [(true, false), (false, false), (false, true), (true, true)])
    func commitsWaitForTheDeviceExactlyWhenAsked(synchronous: Bool, writeMap: Bool) throws {
        let options = EnvironmentOptions(
            mapBytes: 1 << 20, maxTables: 1, synchronous: synchronous, writeMap: writeMap)
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options)
        let statistics = try environment.statistics()
        #expect(statistics.synchronous == synchronous)
        #expect(statistics.writeMap == writeMap)
    }

    @Test(arguments: [
        (LibraryVersion(major: 0, minor: 9, patch: 24), false), (LibraryVersion(major: 0, minor: 9, patch: 25), false),
        (LibraryVersion(major: 0, minor: 9, patch: 26), true), (LibraryVersion(major: 0, minor: 9, patch: 31), true),
        (LibraryVersion(major: 0, minor: 9, patch: 32), false), (LibraryVersion(major: 1, minor: 0, patch: 0), true),
    ])
    func versionsWithARegressionAreWarnedOf(version: LibraryVersion, warns: Bool) {
        #expect((version.warning != nil) == warns)
        #expect(Environment.libraryVersion.description.hasPrefix("\(Environment.libraryVersion.major)."))
    }
}

extension SplitMix64 {
    static var garbage: [UInt8] {
        var random = SplitMix64(seed: 5)
        return random.bytes(20_000)
    }
}
