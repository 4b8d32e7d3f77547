import BSON
import EventLog
import LMDB
import Platform
import Testing

@Suite struct EventLogTests {
    @Test func aNewLogIsEmpty() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        #expect(log.head == .empty)
        #expect(log.stopReason == nil)
        #expect(!log.highWaterWasMissing)
        #expect(log.highWaterMark == .empty)
        #expect(log.origin != .zero)
        #expect(try log.read { _ in true } == 0)
        #expect(try log.read(order: .backward) { _ in true } == 0)
        #expect(try log.get(1) == nil)
        #expect(try log.snapshot().last() == nil)
    }

    @Test func appendedRecordsAreReadBackAfterReopening() throws {
        let directory = try TemporaryDirectory()
        let origin: Digest16
        let head: LogHead
        do {
            let log = try openLog(directory)
            origin = log.origin
            #expect(try append(1...3, to: log).position == 3)
            head = try append(4...10, to: log)
            #expect(log.head == head)
        }
        let log = try openLog(directory)
        #expect(log.origin == origin)
        #expect(log.head == head)
        #expect(head.position == 10)
        #expect(head.recordedTime.milliseconds == 1_800_000_000_010)
        let stored = try #require(try log.get(10))
        #expect(stored.withRecord { $0.leaf } == head.leaf)
        #expect(stored.withRecord { $0.id } == "event-10")
        #expect(try batch(10...10).bytes == stored.bytes)
        #expect(try append(11...11, to: log).position == 11)
    }

    @Test func readsInBothDirections() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        try append(1...40, to: log)
        func positions(
            _ from: UInt64, _ through: UInt64, _ order: ReadOrder, limit: Int = .max
        ) throws -> [UInt64] {
            var result: [UInt64] = []
            let count = try log.read(from: from, through: through, order: order, limit: limit) { record in
                result.append(record.position)
                return true
            }
            #expect(count == result.count)
            return result
        }
        #expect(try positions(1, .max, .forward) == Array(1...40))
        #expect(try positions(0, .max, .backward) == Array((1...40).reversed()))
        #expect(try positions(7, 9, .forward) == [7, 8, 9])
        #expect(try positions(7, 9, .backward) == [9, 8, 7])
        #expect(try positions(40, 40, .forward) == [40])
        #expect(try positions(1, 1, .backward) == [1])
        #expect(try positions(39, 100, .backward) == [40, 39])
        #expect(try positions(39, 100, .forward) == [39, 40])
        #expect(try positions(41, 100, .forward) == [])
        #expect(try positions(41, 100, .backward) == [])
        #expect(try positions(9, 7, .forward) == [])
        #expect(try positions(1, .max, .forward, limit: 2) == [1, 2])
        #expect(try positions(1, .max, .backward, limit: 2) == [40, 39])
        #expect(try positions(1, .max, .forward, limit: 0) == [])
        #expect(try log.records(from: 5, limit: 2).map { $0.withRecord { $0.id } } == ["event-5", "event-6"])
    }

    @Test func aSnapshotDoesNotMove() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        try append(1...2, to: log)
        let snapshot = try log.snapshot()
        try append(3...4, to: log)
        #expect(try snapshot.last()?.position == 2)
        #expect(try snapshot.record(at: 3) == nil)
        #expect(try log.snapshot().last()?.position == 4)
    }

    @Test func batchesThatDoNotContinueTheLogAreRefused() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        try append(1...3, to: log)
        func refusal(_ batch: LogBatch) -> LogError? {
            do throws(LogError) {
                try log.append(batch)
                return nil
            } catch {
                return error
            }
        }
        for first in [1, 3, 5] {
            guard case .positionMismatch(4, UInt64(first)) = refusal(try batch(first...(first + 1))) else {
                Issue.record("a batch from \(first) was not refused")
                return
            }
        }
        var gap = try batch(4...5)
        try batch(7...7).withRecord(0) { try gap.add($0.bytes) }
        guard case .positionMismatch(6, 7) = refusal(gap) else {
            Issue.record("a gap was not refused")
            return
        }
        guard case .recordedTimeBackwards(4) = refusal(try batch(4...4, recordedTime: 5)) else {
            Issue.record("a time going backwards was not refused")
            return
        }
        #expect(log.head.position == 3)
        #expect(try log.snapshot().last()?.position == 3)
        #expect(try append(4...4, to: log).position == 4)
        #expect(try log.append(LogBatch()).position == 4)
    }

    @Test func batchesAreTakenBackAndReused() throws {
        var batch = try batch(1...3)
        let whole = batch.bytes
        batch.truncate(to: 1)
        #expect(batch.count == 1)
        #expect(batch.range(0) == 0..<batch.byteCount)
        for number in 2...3 {
            try batch.add(
                draft(number), position: UInt64(number),
                recordedTime: DateTime(milliseconds: 1_800_000_000_000 + Int64(number)), streamVersion: 1)
        }
        #expect(batch.bytes == whole)
        batch.truncate(to: 0)
        #expect(batch.isEmpty && batch.byteCount == 0)
        #expect(throws: RecordError.self) { try [1, 2, 3].withUnsafeBytes { try batch.add($0) } }
        #expect(batch.isEmpty)
    }

    @Test func rootsAndProofsFromTheLog() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        try append(1...600, to: log)
        var frontier = MerkleFrontier()
        var stored: [MerkleSubtree: Digest32] = [:]
        var roots = [frontier.root]
        try log.read { record in
            frontier.append(record.leaf) { stored[$0] = $1 }
            roots.append(frontier.root)
            return true
        }
        #expect(stored.count == 3)
        let snapshot = try log.snapshot()
        var checked = MerkleFrontier()
        try snapshot.verify(into: &checked, through: 300)
        try snapshot.verify(into: &checked)
        #expect(checked == frontier)
        for size in [1, 2, 255, 256, 257, 511, 512, 513, 600] as [UInt64] {
            #expect(try snapshot.root(size: size) == roots[Int(size)])
            var asked = 0
            let root = try snapshot.root(size: size) { subtree in
                asked += 1
                return stored[subtree]
            }
            #expect(root == roots[Int(size)])
            #expect((asked > 0) == (size >= 256))
            for position in [1, size / 2 + 1, size] {
                let proof = try #require(try snapshot.inclusionProof(position: position, size: size) { stored[$0] })
                let leaf = try #require(try snapshot.record(at: position)?.leaf)
                #expect(
                    MerkleTree.verifyInclusion(
                        of: leaf, index: position - 1, size: size, root: roots[Int(size)], proof: proof))
            }
            let proof = try #require(try snapshot.consistencyProof(from: size, to: 600))
            #expect(
                MerkleTree.verifyConsistency(
                    firstSize: size, firstRoot: roots[Int(size)], secondSize: 600, secondRoot: roots[600], proof: proof)
            )
        }
        #expect(try snapshot.inclusionProof(position: 0, size: 600) == nil)
        #expect(try snapshot.inclusionProof(position: 601, size: 600) == nil)
        #expect(throws: LogError.self) { try snapshot.root(size: 601) }
    }

    @Test func theHighWaterMarkFollowsTheClock() throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock(milliseconds: 10_000)
        let log = try openLog(directory, clock: clock.clock)
        try append(1...1, to: log)
        #expect(log.highWaterMark == .empty)
        clock.advance(milliseconds: 999)
        try append(2...2, to: log)
        #expect(log.highWaterMark == .empty)
        clock.advance(milliseconds: 1)
        let third = try append(3...3, to: log)
        #expect(log.highWaterMark == third.mark)
        let fourth = try append(4...4, to: log)
        #expect(log.highWaterMark == third.mark)
        try log.storeHighWaterMark()
        #expect(log.highWaterMark == fourth.mark)
        // The clock set back does not stop it.
        clock.set(milliseconds: 5)
        let fifth = try append(5...5, to: log)
        #expect(log.highWaterMark == fifth.mark)
        let sixth = try append(6...6, to: log)
        try log.close()
        #expect(try HighWaterFile(path: directory.highWater, fileSystem: .system).mark == sixth.mark)
    }

    @Test func aClosedLogIsReadButNotAppendedTo() throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        try append(1...2, to: log)
        try log.close()
        try log.close()
        #expect(throws: LogError.self) { try append(3...3, to: log) }
        #expect(log.stopReason == .closed)
        #expect(try log.get(2) != nil)
    }

    @Test func readOnlyChangesNothing() throws {
        let directory = try TemporaryDirectory()
        var options = LogOptions.small
        options.readOnly = true
        #expect(throws: LogError.self) { try openLog(directory, options) }
        #expect(try !FileSystem.system.exists(directory.log))
        do {
            let log = try openLog(directory)
            try append(1...2, to: log)
        }
        let before = try FileSystem.system.readWhole(directory.highWater)
        let log = try openLog(directory, options)
        #expect(log.head.position == 2)
        #expect(throws: LogError.self) { try append(3...3, to: log) }
        #expect(log.stopReason == .readOnly)
        try log.storeHighWaterMark()
        #expect(try FileSystem.system.readWhole(directory.highWater) == before)
    }

    @Test(arguments: [false, true]) func aCopyIsAWholeLog(compacting: Bool) throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        let head = try append(1...50, to: log)
        try log.copy(to: directory.path + "/copy", compacting: compacting)
        try append(51...60, to: log)
        let copy = try EventLog(
            directory: directory.path + "/copy", highWaterPath: directory.path + "/copy-mark", options: .small)
        #expect(copy.head == head)
        #expect(copy.origin == log.origin)
        #expect(throws: LogError.self) { try log.copy(to: directory.path + "/copy") }
        #expect(try log.statistics().usedBytes > 0)
        #expect(try log.checkReaders() == 0)
    }

    @Test func manyThreadsReadWhileOneAppends() async throws {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        try append(1...1, to: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while true {
                        let head = log.head.position
                        let last = try log.snapshot().last()?.position ?? 0
                        // The head is published after the commit.
                        #expect(last >= head)
                        if head == 200 { return }
                        await Task.yield()
                    }
                }
            }
            group.addTask {
                for number in 2...200 { try append(number...number, to: log) }
            }
            try await group.waitForAll()
        }
        #expect(log.head.position == 200)
    }
}
