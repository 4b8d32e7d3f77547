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

    /// The event carries nothing personal, but its projector looked at a document that does.
    @Test func aDocumentIsNotQuotedEither() async throws {
        let boxes = BoxStore()
        try await boxes.with(strict: false) { store in
            try await store.append(boxes.event(1, "box.made", 1))
            try await store.append(boxes.event(2, "box.noted", 1, note: "first secret"))
            try await store.append(boxes.event(3, "box.weighed", 1))
        }
        Faults.add(boxes.mark(3))
        try await boxes.with(strict: true) { store in
            let anomaly = try store.anomaly("boxes", BoxStore.id(1))
            #expect(anomaly.position == 3 && !anomaly.reason.contains("secret"), "\(anomaly.reason)")
            try await store.append(forget(boxes))
            #expect(try boxes.note(store, 1) == "[erased]")
            #expect(try store.scrub())
        }
        try expectGone(boxes, "first secret")
    }

    /// The next program forgets which documents hold whom, and ends before it has said so anew; the one before comes back.
    @Test func aRebuildThatIsCutShortLosesNobody() async throws {
        let boxes = BoxStore()
        try await boxes.with(strict: false) { store in
            try await store.append(boxes.event(1, "box.made", 1))
            try await store.append(boxes.event(2, "box.noted", 1, note: "first secret"))
        }
        #expect {
            _ = try Store(
                directory: boxes.directory.path, collections: [StrictBoxes.self, Weighings.self],
                options: optionsWithoutKeys())
        } throws: { error in
            guard let error = error as? StoreError, case .replay(.keys(_, 2)) = error else { return false }
            return true
        }
        try await boxes.with(strict: false) { store in
            #expect(try boxes.note(store, 1) == "first secret")
            try await store.append(forget(boxes))
            #expect(try boxes.note(store, 1) == "[erased]")
            try boxes.expectSound(store)
            #expect(try store.scrub())
        }
        try expectGone(boxes, "first secret")
    }

    /// The ring's head is read, and no key.
    private func optionsWithoutKeys() -> StoreOptions {
        var options = StreamFixture.options()
        let read = options.fileSystem.read
        options.fileSystem.read = { (path, offset, count) throws(FileError) in
            if path.hasSuffix("keys/ring"), offset > 0 { throw FileError(operation: "read", path: path, errno: 5) }
            return try read(path, offset, count)
        }
        return options
    }

    /// A disk that does not give the keys says nothing of the log.
    @Test func keysThatCannotBeReadAreNoDamageOfTheLog() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        #expect {
            _ = try Store.verify(
                directory: boxes.directory.path, collections: [Boxes.self, Weighings.self],
                options: optionsWithoutKeys(), scratch: boxes.directory.path("scratch"))
        } throws: { error in
            guard let error = error as? StoreError, case .replay(.keys(.file, _)) = error else { return false }
            return true
        }
    }

    /// One key that does not unwrap stops nothing: what it sealed is held until it is back.
    @Test func aDamagedKeyIsAnAnomaly() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        Faults.mend(boxes.mark(2))
        let ring = URL(fileURLWithPath: boxes.directory.path("keys/ring"))
        let whole = try Data(contentsOf: ring)
        var damaged = whole
        // The first slot's key.
        damaged[KeyRing.slotByteCount + 30] ^= 1
        try damaged.write(to: ring)
        try FileManager.default.removeItem(atPath: boxes.directory.path("views"))
        try await boxes.with(strict: true) { store in
            let anomalies = try store.anomalies().anomalies
            #expect(anomalies.map(\.position) == [2] && anomalies.first?.held == [3])
            #expect(anomalies.first?.reason.contains("does not unwrap") == true)
            try boxes.expectSound(store)
        }
        try whole.write(to: ring)
        try await boxes.with(strict: true) { store in
            #expect(try store.anomalies().count == AnomalyCount())
            #expect(try boxes.note(store, 1) == "second secret")
            try boxes.expectSound(store)
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
