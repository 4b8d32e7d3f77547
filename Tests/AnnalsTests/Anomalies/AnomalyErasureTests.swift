import Annals
import BSON
import EventLog
import Foundation
import Platform
import Schema
import Testing
import Views

/// What is personal in events that could not be applied, or were held: erased like all else, and quoted nowhere.
@Suite struct AnomalyErasureTests {
    /// The first note is one that the next program's projector stumbles over; the second is held.
    private func filled(_ boxes: BoxStore) async throws {
        try await boxes.with(strict: false) { store in
            try await store.append(boxes.event(1, "box.made", 1))
            try await store.append(boxes.event(2, "box.noted", 1, note: "first secret"))
            try await store.append(boxes.event(3, "box.noted", 1, note: "second secret"))
        }
        Faults.add(boxes.mark(2))
    }

    private func forget(_ boxes: BoxStore) -> NewEvent { boxes.event(90, "box.forgotten", 1) }

    /// No byte of the views' file says it any more.
    private func expectGone(_ boxes: BoxStore, _ text: String) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: boxes.directory.path("views/data.mdb")))
        defer { try? file.close() }
        // Sparse, and far longer than what it holds.
        let bytes = try #require(try file.read(upToCount: 8 << 20))
        #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text)")
    }

    @Test func whatWasHeldAndThenAppliedIsErased() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try await boxes.with(strict: true) { store in
            let anomaly = try store.anomaly("boxes", BoxStore.id(1))
            #expect(anomaly.position == 2 && !anomaly.reason.contains("secret"), "\(anomaly.reason)")
            #expect(try boxes.note(store, 1) == nil)
            try await store.skip(anomaly)
            #expect(try boxes.note(store, 1) == "second secret")
            try boxes.expectSound(store, "applied")
            try await store.append(forget(boxes))
            #expect(try boxes.note(store, 1) == "[erased]")
            try boxes.expectSound(store, "erased")
            #expect(try store.scrub())
        }
        try expectGone(boxes, "second secret")
        try await boxes.with(strict: true) { try boxes.expectSound($0, "opened again") }
    }

    @Test func whatIsAppliedAfterAnErasureIsErased() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try await boxes.with(strict: true) { store in
            try await store.append(forget(boxes))
            #expect(try boxes.note(store, 1) == nil)
            try boxes.expectSound(store, "held")
            try await store.skip(try store.anomaly("boxes", BoxStore.id(1)))
            #expect(try boxes.note(store, 1) == "[erased]")
            try boxes.expectSound(store, "applied")
        }
    }

    /// Erased and skipped in one batch, in whichever order they come.
    @Test func bothAtOnce() async throws {
        for round in 0..<8 {
            let boxes = BoxStore("both at once \(round)")
            try await filled(boxes)
            try await boxes.with(strict: true) { store in
                let anomaly = try store.anomaly("boxes", BoxStore.id(1))
                // Something to wait behind.
                async let first = store.append(boxes.event(80, "box.made", 2))
                async let forgotten = store.append(forget(boxes))
                async let skipped = store.skip(anomaly)
                _ = try await (first, forgotten, skipped)
                #expect(try boxes.note(store, 1) == "[erased]")
                try boxes.expectSound(store, "round \(round)")
            }
        }
    }

    /// A view that is folded anew applies what the one before did not: what it then holds of somebody is erased too.
    @Test func whatARetryAppliesIsErased() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try await boxes.with(strict: true) { store in
            Faults.mend(boxes.mark(2))
            #expect(try store.retryAnomalies() == ["boxes"])
            while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try boxes.note(store, 1) == "second secret")
            try boxes.expectSound(store, "retried")
            try await store.append(forget(boxes))
            #expect(try boxes.note(store, 1) == "[erased]")
            try boxes.expectSound(store, "erased")
        }
    }

    /// Without their keys events are anomalies; with them, all is as it was, and whose they are is known again.
    @Test func keysThatComeBack() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        Faults.mend(boxes.mark(2))
        let ring = boxes.directory.path("keys/ring")
        let whole = try Data(contentsOf: URL(fileURLWithPath: ring))
        try whole.prefix(KeyRing.slotByteCount).write(to: URL(fileURLWithPath: ring))
        try await boxes.with(strict: true) { store in
            let anomalies = try store.anomalies().anomalies
            #expect(anomalies.map(\.position) == [2] && anomalies.first?.held == [3])
            #expect(anomalies.first?.reason.contains("keys/ring") == true)
            #expect(try boxes.note(store, 1) == nil)
        }
        // Views that a crash took are made anew, still without keys.
        try FileManager.default.removeItem(atPath: boxes.directory.path("views"))
        try await boxes.with(strict: true) { store in
            let anomalies = try store.anomalies().anomalies
            #expect(anomalies.map(\.position) == [2])
        }
        try whole.write(to: URL(fileURLWithPath: ring))
        try await boxes.with(strict: true) { store in
            #expect(store.openingReport.contains { $0.contains("was missing when they were made") })
            #expect(try store.anomalies().count == AnomalyCount())
            #expect(try boxes.note(store, 1) == "second secret")
            try boxes.expectSound(store)
            try await store.append(forget(boxes))
            #expect(try boxes.note(store, 1) == "[erased]")
            try boxes.expectSound(store)
        }
    }
}
