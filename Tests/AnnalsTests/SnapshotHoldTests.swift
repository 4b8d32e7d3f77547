import Annals
import Foundation
import LMDB
import Testing

/// A held snapshot keeps its pages; one that is let go, or not renewed, does not.
@Suite struct SnapshotHoldTests {
    @Test func pagesAreKeptWhileOneIsHeld() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        // On a busy machine an append may take longer than one is held.
        let holds = SnapshotHolds(store.log, store.views, .system, seconds: 3_600)
        for subject in SnapshotHolds.Subject.allCases {
            let hold = try holds.hold(subject)
            #expect(holds.count == 1 && holds.renew(hold))
            for number in 0..<5 {
                _ = try await store.append(BackupFixture.user(number + (subject == .log ? 0 : 10)))
            }
            let figures =
                subject == .log ? try store.log.statistics() : try store.views.statistics()
            #expect(figures.oldestReaderLag >= 5)
            #expect(holds.release(hold) && !holds.release(hold) && !holds.renew(hold))
            for _ in 0..<500 where holds.count > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(holds.count == 0)
        }
        let all = try (0..<8).map { _ in try store.holds.hold(.views) }
        #expect(Set(all).count == 8)
        #expect(throws: SnapshotHolds.Failure.self) { try store.holds.hold(.log) }
        // Closing does not wait for who forgot them.
        try store.close()
        #expect(store.holds.count == 0)
    }
}
