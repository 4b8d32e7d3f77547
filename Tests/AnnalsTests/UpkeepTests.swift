import BSON
import Foundation
import LMDB
import Platform
import Synchronization
import Testing

@testable import Annals

@Suite struct UpkeepTests {
    private final class Told: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func tell(_ line: String) { lines.withLock { $0.append(line) } }
    }

    @Test func aReaderThatStandsStillIsToldOnce() async throws {
        let directory = TestDirectory()
        let told = Told()
        var options = StreamFixture.options()
        options.report = { told.tell($0) }
        options.log.synchronous = false
        let store = try StreamFixture.store(directory.path, options)
        let upkeep = Upkeep(
            log: store.log, views: store.views, checkpoints: store.checkpoints, options: options
        ) { told.tell($0) }
        do {
            let snapshot = try store.snapshot()
            for number in 1...1_005 { try await store.append(FailureTests.user(number)) }
            upkeep.checkReaders()
            upkeep.checkReaders()
            #expect(snapshot.position == 0)
        }
        #expect(upkeep.longestReaderLag > Upkeep.longLag)
        #expect(told.all.count { $0.contains("a reader of the views has not moved") } == 1)
        upkeep.checkReaders()
        // The writer may still hold the snapshot before its last commit.
        #expect(upkeep.longestReaderLag <= 1)
        try store.close()
    }

    /// Views that the device did not take are not trusted again.
    @Test func lostViewsAreMadeAnew() async throws {
        let directory = TestDirectory()
        do {
            let store = try StreamFixture.store(directory.path)
            try await store.append(FailureTests.user(1))
            ViewsLost(directory.path, store.options, store.sequencer).tell("the views could not be flushed")
            #expect(!FileManager.default.fileExists(atPath: directory.path("views.state")))
            guard case .stopped = await FailureTests.failure(store, FailureTests.user(2)) else {
                Issue.record("the store goes on")
                return
            }
            #expect(store.stopReason == "the views could not be flushed")
        }
        // As after the death of the process: nothing closed it.
    }
}
