import LMDB
import Testing

@Suite struct ReaderTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func endedReadersAreUsedAgain() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        for round in 0..<50 {
            try environment.write { transaction in try transaction.put(key(1), key(round), in: table) }
            // A reused reader shows the newest commit, not the one it began with first.
            #expect(try environment.beginRead().value(key(1), in: table) == key(round))
        }
        #expect(try environment.statistics().readerSlots == 1)
        #expect(try environment.statistics().idleReaders == 1)
        for _ in 0..<10 {
            let first = try environment.beginRead()
            let second = try environment.beginRead()
            let third = try environment.beginRead()
            #expect(try environment.statistics().activeReaders == 3)
            third.end()
            first.end()
            #expect(try second.entryCount(table) == 1)
        }
        #expect(try environment.statistics().readerSlots == 3)
        #expect(try environment.statistics().activeReaders == 0)
        #expect(try environment.statistics().idleReaders == 3)
    }

    @Test func moreReadersThanSlotsIsAnErrorThatPasses() throws {
        var options = EnvironmentOptions.small
        options.maxReaders = 2
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options)
        let limit = try environment.statistics().maxReaders
        #expect(limit == 2)
        let first = try environment.beginRead()
        let second = try environment.beginRead()
        #expect(failure { _ = try environment.beginRead() } == .readersFull)
        first.end()
        _ = try environment.beginRead()
        second.end()
        let third = try environment.beginRead()
        let fourth = try environment.beginRead()
        #expect(third.identifier == fourth.identifier)
    }

    @Test func lagCountsCommitsSinceTheOldestSnapshot() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        func commit() throws {
            try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
        }
        try commit()
        #expect(try environment.oldestReaderLag() == 0)
        let oldest = try environment.beginRead()
        for _ in 0..<3 { try commit() }
        let newer = try environment.beginRead()
        for _ in 0..<2 { try commit() }
        #expect(try environment.oldestReaderLag() == 5)
        #expect(try environment.statistics().lastTransactionIdentifier == oldest.identifier + 5)
        oldest.end()
        #expect(try environment.oldestReaderLag() == 2)
        newer.end()
        #expect(try environment.oldestReaderLag() == 0)
        #expect(try environment.checkReaders() == 0)
    }

    @Test func anOpenSnapshotKeepsPagesFromBeingReused() throws {
        func grown(holding: Bool) throws -> Int {
            let environment = try Environment.create(
                directory: directory("env\(holding)"), tables: ["a"], options: .small)
            let table = try environment.existingTable("a")
            try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
            let reader = try environment.beginRead()
            guard holding else {
                reader.end()
                return try fill(environment, table)
            }
            let pages = try fill(environment, table)
            #expect(try reader.value(key(1), in: table) == [1])
            return pages
        }
        func fill(_ environment: borrowing Environment, _ table: Table) throws -> Int {
            for round in 0..<200 {
                try environment.write { transaction in try transaction.put(key(1), key(round), in: table) }
            }
            return try environment.statistics().lastPage
        }
        let (without, with) = (try grown(holding: false), try grown(holding: true))
        #expect(with > 4 * without)
    }
}
