import BSON
import EventLog
import Foundation
import Platform
import Synchronization
import Testing

@testable import Annals

/// Holds whatever is asked for, but the views no more than so often.
final class Keeper: SnapshotKeeping {
    private let most: Int
    private let views = Mutex(0)
    private let onLast: @Sendable () -> Void

    init(most: Int = .max, onLast: @escaping @Sendable () -> Void = {}) {
        self.most = most
        self.onLast = onLast
    }

    func hold(_ subject: SnapshotHolds.Subject) throws(StoreError) {
        guard subject == .views else { return }
        let count = views.withLock { count in
            count += 1
            return count
        }
        guard count > most else { return }
        onLast()
        throw .interrupted("somebody was erased")
    }

    func release(_ subject: SnapshotHolds.Subject) {}
    func check() throws(StoreError) {}
}

/// What a verification folds is in clear, and no erasure reaches it: it goes, however the run ends.
@Suite struct VerificationScratchTests {
    private func filled(_ boxes: BoxStore) async throws {
        try await boxes.with(strict: false) { store in
            try await store.append(boxes.event(1, "box.made", 1))
            try await store.append(boxes.event(2, "box.noted", 1, note: "a secret"))
        }
    }

    private func scratch(_ boxes: BoxStore) -> String { Store.verificationScratch(of: boxes.directory.path) }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// What a killed run leaves.
    private func leave(_ boxes: BoxStore) throws {
        try FileManager.default.createDirectory(atPath: scratch(boxes), withIntermediateDirectories: true)
        try Data("a secret".utf8).write(to: URL(fileURLWithPath: scratch(boxes) + "/data.mdb"))
    }

    @Test func anInterruptedRunLeavesNothing() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        let path = scratch(boxes)
        let wasThere = Mutex(false)
        let keeper = Keeper(most: 1) {
            wasThere.withLock { $0 = FileManager.default.fileExists(atPath: path + "/data.mdb") }
        }
        #expect {
            _ = try Store.verify(
                directory: boxes.directory.path, collections: [Boxes.self, Weighings.self],
                options: StreamFixture.options(), scratch: path, beside: keeper)
        } throws: { error in
            guard let error = error as? StoreError, case .interrupted = error else { return false }
            return true
        }
        #expect(wasThere.withLock { $0 } && !isThere(path) && !isThere(path + ".lock"))
    }

    @Test func openingRemovesWhatAKilledRunLeft() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try leave(boxes)
        try boxes.open(strict: false).close()
        #expect(!isThere(scratch(boxes)) && !isThere(scratch(boxes) + ".lock"))
    }

    /// One that is under way removes it itself.
    @Test(arguments: [true, false]) func anErasureRemovesItToo(isUnderWay: Bool) async throws {
        let boxes = BoxStore("erasure \(isUnderWay)")
        try await filled(boxes)
        try await boxes.with(strict: false) { store in
            try leave(boxes)
            let lock = isUnderWay ? try FileSystem.system.lock(scratch(boxes) + ".lock") : nil
            try await store.append(boxes.event(3, "box.weighed", 1))
            #expect(isThere(scratch(boxes)))
            try await store.append(boxes.event(4, "box.forgotten", 1))
            #expect(isThere(scratch(boxes)) == isUnderWay)
            withExtendedLifetime(lock) {}
        }
    }
}
