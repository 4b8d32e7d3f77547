import Glibc
import LMDB
import Platform
import Testing

@Suite struct WriteMapTests {
    let directory: TemporaryDirectory
    let options = EnvironmentOptions(mapBytes: 32 << 20, maxTables: 2, synchronous: false, writeMap: true)

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func writesReadBackAlsoAfterReopening() throws {
        var random = SplitMix64(seed: 11)
        var model: [[UInt8]: [UInt8]] = [:]
        do {
            let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options)
            let table = try environment.existingTable("a")
            for round in 0..<10 {
                let transaction = try environment.beginWrite()
                for _ in 0..<100 {
                    let (key, value) = (random.bytes(20), random.bytes(Int.random(in: 0...3_000, using: &random)))
                    try transaction.put(key, value, in: table)
                    if round % 3 != 2 { model[key] = value }
                }
                // Every third is dropped.
                if round % 3 == 2 { transaction.abort() } else { try transaction.commit() }
            }
            try environment.sync()
        }
        let environment = try Environment(directory: directory("env"), tables: ["a"], options: options)
        let table = try environment.existingTable("a")
        let expected = model.map { Entry(key: $0.key, value: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        #expect(try environment.beginRead().entries(table) == expected)
        #expect(expected.count == 700)
    }

    @Test func reservedSpaceOccupiesBlocksAndNoMore() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options)
        let path = directory("env/data.mdb")
        let before = try #require(try FileSystem.system.status(path))
        // The file is as long as the map, and sparse.
        #expect(before.byteCount == options.mapBytes)
        #expect(before.allocatedByteCount < 1 << 20)
        try environment.reserveSpace(byteCount: 8 << 20)
        let after = try #require(try FileSystem.system.status(path))
        #expect(after.byteCount == options.mapBytes)
        #expect(after.allocatedByteCount >= 8 << 20 && after.allocatedByteCount < 12 << 20)
        // Past the map's end there is nothing to reserve.
        try environment.reserveSpace(byteCount: 1 << 40)
        try environment.reserveSpace(byteCount: 0)
        #expect(try #require(try FileSystem.system.status(path)).byteCount == options.mapBytes)
    }

    @Test func spaceThatIsNotThereIsRefusedBeforeAnyIsTaken() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options)
        let path = directory("env/data.mdb")
        var files = FileSystem.system
        files.volume = { (_) throws(FileError) in
            VolumeStatus(typeName: "ext4", totalBytes: 1 << 40, freeBytes: (8 << 20) - 1)
        }
        let before = try #require(try FileSystem.system.status(path)).allocatedByteCount
        let kind = failure { try environment.reserveSpace(byteCount: 8 << 20, fileSystem: files) }
        #expect(kind == .io(ENOSPC))
        #expect(try FileSystem.system.status(path)?.allocatedByteCount == before)
        try environment.reserveSpace(byteCount: (8 << 20) - 4096, fileSystem: files)
        #expect(try #require(try FileSystem.system.status(path)).allocatedByteCount > before)
    }
}
