import BSON
import EventLog
import Foundation
import LMDB
import Platform
import Projections
import Proofs
import Schema
import Synchronization
import Testing

@testable import Annals

/// The audit trail of reads: what is written is there, what cannot be written stops reads, what is altered is found.
@Suite struct ReadTrailTests {
    private func entry(_ number: Int, principal: String = "key") -> ReadEntry {
        var entry = ReadEntry(
            time: DateTime(milliseconds: StreamFixture.start + Int64(number)), principal: principal, door: .http,
            operation: "find")
        entry.collections = ["users"]
        entry.shape = ["filter": ["email": "?"], "limit": "?"]
        (entry.examined, entry.returned, entry.bytes) = (number, number / 2, number * 10)
        return entry
    }

    private func write(_ numbers: ClosedRange<Int>, to trail: ReadTrail) throws {
        for number in numbers {
            try trail.begin()
            trail.write(entry(number, principal: number % 2 == 0 ? "even" : "odd"))
        }
    }

    /// In a life of its own.
    private func writeOnce(_ numbers: ClosedRange<Int>, _ directory: TestDirectory) throws {
        let store = try StreamFixture.store(directory.path)
        let trail = try ReadTrail(store)
        try write(numbers, to: trail)
        try trail.close()
        #expect(throws: ReadTrailError.self) { try trail.begin() }
        try store.close()
    }

    @Test func whatIsWrittenIsThereAfterARestart() throws {
        let directory = TestDirectory()
        for round in 0..<3 { try writeOnce((round * 300 + 1)...(round * 300 + 300), directory) }
        let store = try StreamFixture.store(directory.path)
        let trail = try ReadTrail(store, isReadOnly: true)
        let page = try trail.page(after: 0, limit: 1_000)
        #expect(page.isComplete && page.position == 900 && page.next == 900)
        var expected = entry(450, principal: "even")
        expected.position = 450
        #expect(page.entries.count == 900 && page.entries[449] == expected)
        let even = try trail.page(after: 100, limit: 7, principal: "even")
        #expect(even.entries.map(\.position) == [102, 104, 106, 108, 110, 112, 114] && !even.isComplete)
        let rest = try trail.page(after: even.next, limit: 1_000, principal: "even")
        #expect(rest.entries.first?.position == 116 && rest.isComplete)
        try trail.close()
        try store.close()
    }

    @Test func withoutOneThereIsNothingToLookAt() throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        #expect(throws: ReadTrailError.self) { try ReadTrail(store, isReadOnly: true) }
        #expect(try !FileSystem.system.exists(directory.path("reads")))
        try store.close()
    }

    /// Entries of who wrote before are flushed by themselves, in time.
    @Test func entriesAreFlushedByThemselves() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let trail = try ReadTrail(store)
        try write(1...5, to: trail)
        let end = ContinuousClock.now + .seconds(20)
        while try trail.page(after: 0, limit: 10).entries.count < 5, .now < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try trail.page(after: 0, limit: 10).entries.count == 5)
        #expect(trail.waiting == (0, 0))
        try trail.close()
        try store.close()
    }

    // MARK: A disk that does not keep up

    @Test func aFullTrailTurnsReadsAway() throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let trail = try ReadTrail(store, mostWaiting: 3)
        for _ in 1...3 { try trail.begin() }
        guard case .full(3)? = failure({ () throws(ReadTrailError) in try trail.begin() }) else {
            Issue.record("a fourth place")
            return
        }
        trail.cancel()
        try trail.begin()
        for number in 1...3 { trail.write(entry(number)) }
        try trail.flush()
        try write(4...6, to: trail)
        try trail.close()
        #expect(trail.log.head.position == 6)
        try store.close()
    }

    @Test func aFullDiskStopsReadsUntilThereIsRoom() throws {
        let directory = TestDirectory()
        let disk = TroubledDisk()
        let reports = Mutex<[String]>([])
        var options = StreamFixture.options()
        options.fileSystem = disk.fileSystem
        options.log.freeSpaceFloorBytes = 1 << 30
        // Each flush asks how much is free.
        let clock = ManualClock(milliseconds: StreamFixture.start)
        options.clock = clock.clock
        options.report = { line in reports.withLock { $0.append(line) } }
        let store = try StreamFixture.store(directory.path, options)
        let trail = try ReadTrail(store)
        try write(1...2, to: trail)
        try trail.flush()
        // Both have their places before the disk is found full.
        for _ in 3...4 { try trail.begin() }
        disk.setFree(log: 1 << 20)
        clock.set(milliseconds: StreamFixture.start + 1_000)
        for number in 3...4 { trail.write(entry(number)) }
        #expect(throws: ReadTrailError.self) { try trail.flush() }
        guard case .unwritten(.diskFull)? = failure({ () throws(ReadTrailError) in try trail.begin() }) else {
            Issue.record("a read on a full disk")
            return
        }
        disk.setFree()
        clock.set(milliseconds: StreamFixture.start + 2_000)
        try trail.flush()
        try write(5...5, to: trail)
        try trail.close()
        // None was lost.
        #expect(trail.log.head.position == 5)
        #expect(reports.withLock { $0.filter { $0.contains("audit trail of reads") }.count } == 2)
        try store.close()
    }

    /// However large they are, what waits is written in batches that the log takes.
    @Test func largeShapesAreWrittenInParts() throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let trail = try ReadTrail(store)
        for number in 1...100 {
            try trail.begin()
            var large = entry(number)
            large.shape = ["filter": .string(String(repeating: "?", count: 1 << 20))]
            trail.write(large)
        }
        try trail.flush()
        #expect(trail.log.head.position == 100 && trail.waiting.taken == 0)
        try trail.close()
        try store.close()
    }

    private func failure(_ body: () throws(ReadTrailError) -> Void) -> ReadTrailError? {
        do throws(ReadTrailError) {
            try body()
            return nil
        } catch { return error }
    }

    // MARK: Checkpoints

    @Test func checkpointsLeadFromOneToTheNext() throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let trail = try ReadTrail(store)
        #expect(throws: CheckpointError.self) { try trail.checkpoint() }
        try write(1...300, to: trail)
        try trail.flush()
        let older = try trail.checkpoint()
        try write(301...1_000, to: trail)
        try trail.flush()
        let proof = try trail.proof(extending: 300)
        let key = try trail.signingKey()
        let checked = try proof.check(against: older, key: key)
        #expect(checked.newer.size == 1_000)
        #expect(key.name == "annals/\(store.log.origin)/reads/\(trail.log.origin)")
        // The key's secret is that of the log's key, which vouches for nothing under the other name.
        #expect(try !store.signingKey().verifies(older))
        #expect(try store.signingKey().named(key.name) == key)
        #expect(throws: CheckpointError.self) { try trail.proof(extending: 1_001) }
        try trail.close()
        try store.close()
    }

    // MARK: Verifying

    private func verify(_ directory: TestDirectory, _ notes: [SignedNote] = [], beside holds: Keeper? = nil) throws
        -> VerificationReport
    {
        let options = StreamFixture.options()
        let catalogue = try Catalogue(allCollections, versionInterval: options.versionInterval)
        return try StoreVerifier(
            directory: directory.path, catalogue: catalogue, options: options, scratch: directory.path("scratch"),
            onProgress: nil, notes: notes, holds: holds
        ).verify()
    }

    /// A server writes it meanwhile: nothing is said of it, and that is told.
    @Test func besideAServerItIsLeftOut() throws {
        let directory = TestDirectory()
        let note = try filled(directory)
        let report = try verify(directory, beside: Keeper())
        #expect(report.isSound && report.reads == nil && report.leavesOutReads, "\(report.differences)")
        #expect(try !verify(directory).leavesOutReads)
        #expect {
            _ = try verify(directory, [note], beside: Keeper())
        } throws: { error in
            guard let error = error as? StoreError, case .checkpoint(.note) = error else { return false }
            return "\(error)".contains("stop the server")
        }
        let other = TestDirectory("without")
        try withExtendedLifetime(StreamFixture.store(other.path)) { try $0.close() }
        #expect(try !verify(other, beside: Keeper()).leavesOutReads)
    }

    /// Seven hundred entries, with a checkpoint at half of them.
    private func filled(_ directory: TestDirectory) throws -> SignedNote {
        let store = try StreamFixture.store(directory.path)
        let trail = try ReadTrail(store)
        try write(1...350, to: trail)
        try trail.flush()
        let note = try trail.checkpoint()
        try write(351...700, to: trail)
        try trail.close()
        try store.close()
        return note
    }

    @Test func aStoreWithoutATrailIsSound() throws {
        let directory = TestDirectory()
        try withExtendedLifetime(StreamFixture.store(directory.path)) { try $0.close() }
        let report = try verify(directory)
        #expect(report.reads == nil && report.isSound)
    }

    /// A log may be named as a trail would be, but for its origin.
    @Test func notesOfTrailsAreTold() throws {
        func isOfTrail(_ name: String) throws -> Bool {
            let signer = try NoteSigner(name: name, seed: Array(repeating: 1, count: NoteSigner.seedByteCount))
            let checkpoint = LogCheckpoint(origin: name, size: 1, root: .zero)
            return ReadTrailVerifier.isOfTrail(try signer.sign(checkpoint.text))
        }
        let origin = String(repeating: "0a", count: 16)
        #expect(try isOfTrail("example.com/orders/reads/\(origin)") && isOfTrail("annals/\(origin)/reads/\(origin)"))
        for name in ["annals/\(origin)", "example.com/reads/orders", "reads", "reads/\(origin)x", "example.com/reads/"]
        {
            #expect(try !isOfTrail(name), "\(name)")
        }
    }

    @Test func aTrailIsVerifiedWithTheStore() throws {
        let directory = TestDirectory()
        let note = try filled(directory)
        let report = try verify(directory, [note])
        #expect(report.isSound, "\(report.differences)")
        #expect(report.reads?.position == 700 && report.reads?.checkpoints == 2 && report.checkpoints == 0)
    }

    private func change(
        _ directory: TestDirectory, _ table: String, _ body: ([UInt8], [UInt8]) -> [UInt8]?
    ) throws {
        let environment = try Environment(
            directory: directory.path("reads/log"), tables: ["records", "meta", "tree"],
            options: EnvironmentOptions(mapBytes: 4 << 30, maxTables: 8, synchronous: true))
        let named = environment.table(table)
        let opened = try #require(named)
        let transaction = try environment.beginWrite()
        var changed: [([UInt8], [UInt8]?)] = []
        do {
            var cursor = try transaction.cursor(opened)
            var found = try cursor.first()
            while found {
                let (key, value) = (Array(cursor.key), Array(cursor.value))
                let after = body(key, value)
                if after != value { changed.append((key, after)) }
                found = try cursor.next()
            }
        }
        #expect(!changed.isEmpty)
        for (key, value) in changed {
            try key.withUnsafeBytes { key in
                if let value {
                    _ = try value.withUnsafeBytes { try transaction.put(key, $0, in: opened) }
                } else {
                    _ = try transaction.delete(key, in: opened)
                }
            }
        }
        try transaction.commit()
    }

    private func position(_ key: [UInt8]) -> UInt64 { key.reduce(0) { $0 << 8 | UInt64($1) } }

    @Test func aChangedByteIsFound() throws {
        let directory = TestDirectory()
        _ = try filled(directory)
        try change(directory, "records") { key, value in
            guard position(key) == 200 else { return value }
            var value = value
            value[130] ^= 1
            return value
        }
        let report = try verify(directory)
        #expect(!report.isSound && report.differences.contains { $0.collection == "reads" && $0.key == "200" })
    }

    /// An entry with another principal, every checksum made right again, as are the hashes of subtrees.
    @Test(arguments: [true, false]) func aForgedEntryIsFound(treeToo: Bool) throws {
        let directory = TestDirectory()
        let note = try filled(directory)
        var frontier = MerkleFrontier()
        var subtrees: [[UInt8]: [UInt8]] = [:]
        try change(directory, "records") { key, value in
            var forged = value
            if position(key) == 100 {
                var other = entry(100, principal: "none")
                other.position = 100
                var batch = LogBatch()
                try? batch.add(
                    other.draft, position: 100, recordedTime: DateTime(milliseconds: StreamFixture.start),
                    streamVersion: 100)
                forged = batch.bytes
            }
            if let record = try? forged.withUnsafeBytes({ try Record(validating: $0).leaf }) {
                frontier.append(record) { subtree, hash in
                    subtrees[subtree.withKey { Array($0) }] = hash.withUnsafeBytes { Array($0) }
                }
            }
            return forged
        }
        if treeToo { try change(directory, "tree") { key, value in subtrees[key] ?? value } }
        let report = try verify(directory, [note])
        #expect(!report.isSound)
        let found = report.differences.map(\.collection)
        #expect(found.contains("reads checkpoint") && found.contains("reads") == !treeToo, "\(report.differences)")
    }

    @Test func aCutTrailIsFound() throws {
        let directory = TestDirectory()
        _ = try filled(directory)
        try change(directory, "records") { key, value in position(key) > 690 ? nil : value }
        let report = try verify(directory)
        #expect(report.differences.contains { $0.collection == "reads" && $0.live?.contains("rolled back") == true })
    }

    @Test func aRemovedTrailIsFound() throws {
        let directory = TestDirectory()
        let note = try filled(directory)
        try FileSystem.system.removeTree(directory.path("reads/log"))
        #expect(try !verify(directory).isSound)
        try FileSystem.system.removeTree(directory.path("reads"))
        // Nothing in the directory tells of it: who has a checkpoint knows.
        #expect(try verify(directory).isSound)
        #expect(try !verify(directory, [note]).isSound)
    }
}
