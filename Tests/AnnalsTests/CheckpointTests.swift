import BSON
import EventLog
import Foundation
import Platform
import Projections
import Proofs
import Synchronization
import Testing

@testable import Annals

/// What a store signs, when, where it puts it, and that proofs it gives hold.
@Suite struct CheckpointTests {
    private func filled(_ directory: TestDirectory, _ options: StoreOptions, _ count: Int = 700) async throws -> Store {
        let store = try StreamFixture.store(directory.path, options)
        let events = try StreamFixture.events(seed: 3, count: count, users: 20)
        #expect(try await StreamFixture.append(events, to: store, window: 20).isEmpty)
        return store
    }

    @Test func aCheckpointIsSignedAndKept() async throws {
        let directory = TestDirectory()
        let note = try await signed(directory)
        let key = try String(contentsOfFile: directory.path("keys/log-signing.pub"), encoding: .utf8)
        #expect(try NoteKey(String(key.dropLast())).verifies(note))
        let again = try StreamFixture.store(directory.path)
        #expect(try again.newestCheckpoint() == note)
        #expect(try again.signingKey().description + "\n" == key)
        let report = try again.verify(scratch: directory.path("scratch"))
        #expect(report.isSound && report.checkpoints == 1)
    }

    private func signed(_ directory: TestDirectory) async throws -> SignedNote {
        let store = try await filled(directory, StreamFixture.options())
        let note = try store.checkpoint()
        let checkpoint = try LogCheckpoint(note)
        #expect(checkpoint.size == store.position)
        #expect(try checkpoint.root == store.log.snapshot().root(size: store.position))
        #expect(checkpoint.origin == "annals/\(store.log.origin)")
        #expect(try store.signingKey().verifies(note))
        // Nothing happened: the same again.
        #expect(try store.checkpoint() == note)
        try store.close()
        return note
    }

    @Test func anEmptyLogHasNoCheckpoint() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        #expect(throws: CheckpointError.self) { try store.checkpoint() }
        #expect(try store.newestCheckpoint() == nil)
    }

    @Test func everyEventIsProven() async throws {
        let directory = TestDirectory()
        let store = try await filled(directory, StreamFixture.options())
        let older = try store.proof(ofEventAt: 1, size: 300).checkpoint
        let note = try store.checkpoint()
        let key = try store.signingKey()
        for position in 1...store.position {
            let proof = try EventProof(store.proof(ofEventAt: position).document)
            #expect(try proof.check(against: note, key: key).position == position)
            // A password's hash, or a token's, is in nobody's hands because of a proof.
            let type = try store.log.snapshot().record(at: position)?.type
            if type == "user.registered" { #expect(proof.data == nil) }
            if type == "message.sent" { #expect(proof.data != nil) }
        }
        for position: UInt64 in [1, 299, 300] {
            let proof = try store.proof(ofEventAt: position, size: 300)
            #expect(try proof.check(against: older, key: key).position == position)
        }
        let extending = try store.proof(extending: 300)
        #expect(try extending.check(against: older, key: key).newer.size == store.position)
        for (position, size) in [(0, nil), (store.position + 1, nil), (301, 300), (1, 0), (1, store.position + 1)]
            as [(UInt64, UInt64?)]
        {
            #expect(throws: CheckpointError.self) { try store.proof(ofEventAt: position, size: size) }
        }
    }

    @Test func checkpointsComeAsOftenAsAskedAndAreSentOut() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let taken = Mutex<[SignedNote]>([])
        let told = Mutex<[String]>([])
        let fails = Atomic<Bool>(false)
        struct No: Error {}
        var options = StreamFixture.options()
        options.clock = clock.clock
        options.report = { line in told.withLock { $0.append(line) } }
        options.checkpoints.seconds = 60
        options.checkpoints.events = 500
        options.checkpoints.patienceSeconds = 300
        options.checkpoints.sinks = [
            CheckpointSink(name: "memory") { note in
                if fails.load(ordering: .relaxed) { throw No() }
                taken.withLock { $0.append(note) }
            },
            .file(directory.path("elsewhere.notes")),
        ]
        let store = try await filled(directory, options, 100)
        func keepUp() { store.checkpoints.keepUp { () throws(CheckpointError) in try store.logHead() } }
        func settled(_ count: Int) async throws -> Bool {
            for _ in 0..<200 where taken.withLock({ $0.count }) < count {
                try await Task.sleep(for: .milliseconds(10))
            }
            return taken.withLock { $0.count } == count
        }
        keepUp()
        #expect(try store.newestCheckpoint() == nil)
        clock.advance(milliseconds: 60_000)
        keepUp()
        #expect(try await settled(1))
        // The log did not move.
        clock.advance(milliseconds: 60_000)
        keepUp()
        #expect(taken.withLock { $0.count } == 1)
        // Enough events come before the time.
        let more = try StreamFixture.events(seed: 3, count: 700, users: 20)
        #expect(try await StreamFixture.append(Array(more[100...]), to: store, window: 20).isEmpty)
        keepUp()
        // The store's own scheduler may have signed in their midst: then the rest is signed when it is asked for.
        let isSigned = try await settled(2)
        let isSignedTwice = isSigned ? false : try await settled(3)
        #expect(isSigned || isSignedTwice, "\(taken.withLock { $0.map(\.text) }), \(told.withLock { $0 })")
        let newest = try store.checkpoint()
        for _ in 0..<500 where taken.withLock({ $0.last }) != newest { try await Task.sleep(for: .milliseconds(10)) }
        let count = taken.withLock { $0.count }
        #expect((2...3).contains(count))
        #expect(try newest == store.newestCheckpoint())
        for _ in 0..<500 where try NoteFile(path: directory.path("elsewhere.notes")).read().count < count {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try NoteFile(path: directory.path("elsewhere.notes")).read() == taken.withLock { $0 })
        // Asked for again, the same is not sent again.
        #expect(try store.checkpoint() == newest)
        try await Task.sleep(for: .milliseconds(50))
        #expect(taken.withLock { $0.count } == count)
        // One of them fails: told once. Nobody takes any for long: a warning, once.
        fails.store(true, ordering: .relaxed)
        _ = try store.checkpoint()
        #expect(!told.withLock { $0 }.contains { $0.contains("nobody outside") })
        clock.advance(milliseconds: 400_000)
        keepUp()
        keepUp()
        #expect(told.withLock { $0 }.filter { $0.contains("nobody outside") }.count == 1)
    }

    @Test func aKeyThatOthersReadOrThatIsOfAnotherLogIsRefused() async throws {
        let directory = TestDirectory()
        var options = StreamFixture.options()
        let path = directory.path("signing")
        options.checkpoints.signingKey = path
        options.checkpoints.origin = "example.com/one"
        func opened<R>(_ body: (Store) throws -> R) throws -> R {
            let store = try StreamFixture.store(directory.path, options)
            let result = Result { try body(store) }
            try store.close()
            return try result.get()
        }
        do {
            let store = try await filled(directory, options, 50)
            #expect(try LogCheckpoint(store.checkpoint()).origin == "example.com/one")
            try store.close()
        }
        options.checkpoints.origin = "example.com/two"
        #expect(throws: CheckpointError.self) { try opened { try $0.signingKey() } }
        options.checkpoints.origin = nil
        #expect(chmod(path, 0o644) == 0)
        let error = #expect(throws: CheckpointError.self) { try opened { try $0.signingKey() } }
        #expect(error?.description.contains("chmod 600") == true)
    }
}
