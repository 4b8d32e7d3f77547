import Annals
import Foundation
import LMDB
import Testing

/// A held snapshot keeps its pages; one that is let go, or not renewed, does not.
@Suite struct SnapshotHoldTests {
    @Test func pagesAreKeptWhileOneIsHeld() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        for subject in SnapshotHolds.Subject.allCases {
            let hold = try store.holds.hold(subject)
            #expect(store.holds.count == 1 && store.holds.renew(hold))
            for number in 0..<5 {
                _ = try await store.append(BackupFixture.user(number + (subject == .log ? 0 : 10)))
                // On a busy machine an append may take seconds.
                #expect(store.holds.renew(hold))
            }
            let figures =
                subject == .log ? try store.log.statistics() : try store.views.statistics()
            #expect(figures.oldestReaderLag >= 5)
            #expect(store.holds.release(hold) && !store.holds.release(hold) && !store.holds.renew(hold))
            for _ in 0..<500 where store.holds.count > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(store.holds.count == 0)
        }
        let all = try (0..<8).map { _ in try store.holds.hold(.views) }
        #expect(Set(all).count == 8)
        #expect(throws: SnapshotHolds.Failure.self) { try store.holds.hold(.log) }
        // Closing does not wait for who forgot them.
        try store.close()
        #expect(store.holds.count == 0)
    }
}
