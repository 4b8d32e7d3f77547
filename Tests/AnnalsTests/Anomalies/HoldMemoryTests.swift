import Annals
import BSON
import EventLog
import Testing

@testable import Views

/// What is held is in the bounds of memory and of space on the disk.
@Suite struct HoldMemoryTests {
    private static let held = 3_000

    @Test func whatIsHeldIsCounted() async throws {
        let boxes = BoxStore()
        try await boxes.with(strict: false) { store in
            try await store.append(boxes.event(1, "box.made", 1))
            try await store.append(boxes.event(2, "box.weighed", 1))
            try await store.append((3..<3 + Self.held).map { boxes.event($0, "box.weighed", 1) })
        }
        Faults.add(boxes.mark(2))
        try await boxes.with(strict: true) { try count($0) }
    }

    private func count(_ store: Store) throws {
        // What served before opening folded it anew.
        try store.views.emptyIdleSlot(0)
        let batch = Batch(store.views, mode: .replay, target: store.views.rebuildTarget())
        var folder = Folder(batch, store.log, places: [0], keepsLogIndex: false, mostKnownKeys: 1)
        try batch.begin()
        folder.takeCare(of: 0)
        var bounds: [(memory: Int, write: Int)] = []
        for position in 1...store.position {
            try store.log.give(position) { (record) throws(ReplayError) in try folder.apply(record) }
            if position == 2 { bounds.append(beyondTheArena(batch)) }
        }
        bounds.append(beyondTheArena(batch))
        // At least its position, twice.
        let least = Self.held * 16
        #expect(bounds[1].memory - bounds[0].memory >= least && bounds[1].write - bounds[0].write >= 2 * least)
        batch.end()
    }

    /// Documents are copied into the arena to be changed, held or not.
    private func beyondTheArena(_ batch: Batch) -> (memory: Int, write: Int) {
        let arena = batch.arena.allocatedBytes
        return (batch.memoryBytes - arena, batch.writeBound - 2 * arena)
    }
}
