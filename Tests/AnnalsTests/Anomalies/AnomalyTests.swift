import Annals
import BSON
import EventLog
import Foundation
import Schema
import Testing
import Views

/// Events in the log that today's projector cannot apply.
@Suite struct AnomalyTests {
    /// Two boxes; the third event about the first one is one that the next program's projector stumbles over.
    private func filled(_ boxes: BoxStore) async throws {
        let store = try boxes.open(strict: false)
        try await store.append(boxes.event(1, "box.made", 1))
        try await store.append(boxes.event(2, "box.made", 2))
        try await store.append(boxes.event(3, "box.weighed", 1, by: 5))
        try await store.append(boxes.event(4, "box.weighed", 1, by: 7))
        try await store.append(boxes.event(5, "box.weighed", 2, by: 3))
        try await store.append(boxes.event(6, "box.weighed", 1, by: 11))
        try await store.append(boxes.event(7, "box.poured", 2, other: 1, by: 2))
        try await store.append(boxes.event(8, "box.weighed", 2, by: 1))
        #expect(try boxes.weight(store, 1) == 25 && boxes.weight(store, 2) == 2)
        try store.close()
        Faults.add(boxes.mark(4))
    }

    @Test func aStoreOpensAndHoldsTheDocument() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        let store = try boxes.open(strict: true)
        #expect(store.openingReport.contains { $0.contains("1 events could not be applied") }, "\(store.openingReport)")
        let (anomalies, count) = try store.anomalies()
        #expect(count == AnomalyCount(anomalies: 1, held: 2))
        let anomaly = try #require(anomalies.first)
        #expect(anomaly.collection == "boxes" && anomaly.document == BoxStore.id(1) && anomaly.position == 4)
        #expect(anomaly.eventType == "box.weighed" && anomaly.reason.contains("own words are not kept"))
        #expect(anomaly.heldCount == 2 && anomaly.held == [6, 7])
        // As before the event; what would have been poured into it is still in the other, which goes on.
        #expect(try boxes.weight(store, 1) == 5 && boxes.weight(store, 2) == 4)
        #expect(try boxes.weighings(store) == 5)
        try boxes.expectSound(store)
        try store.close()
    }

    @Test func eventsAreAcceptedAndHeldMeanwhile() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try await boxes.with(strict: true) { try await appendHeld(boxes, $0) }
        try await boxes.with(strict: true) { store in
            #expect(try store.anomaly("boxes", BoxStore.id(1)).held == [6, 7, 9, 11])
            try boxes.expectSound(store)
        }
    }

    private func appendHeld(_ boxes: BoxStore, _ store: Store) async throws {
        try await store.append(boxes.event(9, "box.weighed", 1, by: 100))
        // A request is held and put back as a whole.
        Faults.add(boxes.mark(12))
        await #expect(throws: AppendError.self) {
            try await store.append([
                boxes.event(10, "box.weighed", 1), boxes.event(11, "box.weighed", 2), boxes.event(12, "box.weighed", 2),
            ])
        }
        try await store.append([boxes.event(13, "box.weighed", 2, by: 10), boxes.event(14, "box.weighed", 1)])
        #expect(try store.anomalies().count == AnomalyCount(anomalies: 1, held: 4))
        #expect(try store.anomaly("boxes", BoxStore.id(1)).held == [6, 7, 9, 11])
        #expect(try boxes.weight(store, 1) == 5 && boxes.weight(store, 2) == 14)
        #expect(try boxes.weighings(store) == 8)
        try boxes.expectSound(store)
    }

    @Test func skippingAppliesWhatWasHeld() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try await boxes.with(strict: true) { try await skip(boxes, $0) }
        try await boxes.with(strict: true) { store in
            try boxes.expectSound(store)
            try expectHistory(store)
        }
    }

    private func skip(_ boxes: BoxStore, _ store: Store) async throws {
        let anomaly = try store.anomaly("boxes", BoxStore.id(1))
        let skipped = try await store.skip(anomaly)
        #expect(skipped.position == 9)
        #expect(try store.anomalies().count == AnomalyCount())
        #expect(try boxes.weight(store, 1) == 18 && boxes.weight(store, 2) == 2)
        await #expect(throws: AppendError.self) { _ = try await store.skip(anomaly) }
        try await store.append(boxes.event(9, "box.weighed", 1, by: 100))
        #expect(try boxes.weight(store, 1) == 118)
        try boxes.expectSound(store)
    }

    /// What was held came with the event that ended it.
    private func expectHistory(_ store: Store) throws {
        let model = try store.collection("boxes")
        var history: [UInt64] = []
        try store.history.refold(model).forEachChange(of: BoxStore.id(1)) { change in
            history.append(change.event.position)
            return true
        }
        #expect(history == [1, 3, 9, 10])
        let refold = store.history.refold(model)
        let weights = try (1...10).map { try refold.document(BoxStore.id(1), asOf: UInt64($0))?["weight"] }
        #expect(weights == [0, 0, 5, 5, 5, 5, 5, 5, 18, 118].map { .int64($0) })
        let changed = try (1...10).map { try store.history.refold(model).changes(at: UInt64($0)).map(\.id) }
        let (one, two) = (BoxStore.id(1), BoxStore.id(2))
        #expect(changed.map { Set($0) } == [[one], [two], [one], [], [two], [], [], [two], [one, two], [one]])
    }

    /// An append condition counts what was held, though the document was not touched.
    @Test func conditionsSeeWhatIsHeld() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try await boxes.with(strict: true) { store in
            func append(_ number: Int, after: UInt64, _ types: Set<String>) async -> Bool {
                var event = boxes.event(number, "box.weighed", 2)
                event.condition = AppendCondition(
                    types: types, entities: [.init(collection: "boxes", id: BoxStore.id(1))], after: after)
                return (try? await store.append(event)) != nil
            }
            #expect(await !append(20, after: 5, []))
            #expect(await !append(20, after: 6, ["box.poured"]))
            #expect(await append(20, after: 6, ["box.weighed"]))
            #expect(await append(21, after: 7, []))
            try await store.skip(try store.anomaly("boxes", BoxStore.id(1)))
            #expect(await !append(22, after: 7, ["box.poured"]))
            #expect(await append(22, after: store.position, []))
        }
    }

    @Test func aSecondOneIsTheNewAnomaly() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        Faults.add(boxes.mark(6))
        let second = try await boxes.with(strict: true) { store in
            try await store.skip(try store.anomaly("boxes", BoxStore.id(1)))
            let anomaly = try store.anomaly("boxes", BoxStore.id(1))
            #expect(anomaly.position == 6 && anomaly.held == [7])
            #expect(try boxes.weight(store, 1) == 5 && boxes.weight(store, 2) == 4)
            try boxes.expectSound(store)
            return anomaly
        }
        try await boxes.with(strict: true) { store in
            try await store.skip(second)
            #expect(try boxes.weight(store, 1) == 7 && boxes.weight(store, 2) == 2)
            #expect(try store.anomalies().count == AnomalyCount())
            try boxes.expectSound(store)
        }
    }

    @Test func whatWasMendedIsTriedAgain() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        let store = try boxes.open(strict: true)
        try await store.append(boxes.event(9, "box.weighed", 1, by: 100))
        // Not mended yet: the same again.
        #expect(try store.retryAnomalies() == ["boxes"])
        try await ended(store)
        #expect(try store.anomaly("boxes", BoxStore.id(1)).held == [6, 7, 9])
        Faults.mend(boxes.mark(4))
        #expect(try store.retryAnomalies(["boxes", "weighings"]) == ["boxes"])
        try await ended(store)
        #expect(try store.anomalies().count == AnomalyCount())
        #expect(try boxes.weight(store, 1) == 125 && boxes.weight(store, 2) == 2)
        #expect(try store.retryAnomalies().isEmpty)
        try await store.append(boxes.event(10, "box.weighed", 1, by: 1))
        try boxes.expectSound(store)
        try store.close()
    }

    private func ended(_ store: Store) async throws {
        while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(store.rebuilds.statuses.allSatisfy { $0.state == .serves }, "\(store.rebuilds.statuses)")
    }

    @Test func whatSaysOfNoDocumentHoldsNothing() async throws {
        let boxes = BoxStore()
        try await boxes.with(strict: false) { store in
            try await store.append(boxes.event(1, "box.made", 1))
            try await store.append(boxes.event(2, "box.lost", 1))
            try await store.append(boxes.event(3, "box.weighed", 1, by: 4))
        }
        Faults.add(boxes.mark(2))
        let store = try boxes.open(strict: true)
        let anomaly = try #require(try store.anomalies().anomalies.first)
        #expect(anomaly.document == nil && anomaly.position == 2 && anomaly.heldCount == 0)
        #expect(try boxes.weight(store, 1) == 4)
        try boxes.expectSound(store)
        try await store.skip(try store.anomaly("boxes", nil, at: 2))
        #expect(try store.anomalies().count == AnomalyCount())
        try boxes.expectSound(store)
        try store.close()
    }

    @Test func aDocumentThatNeverCameHoldsItsEvents() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        Faults.add(boxes.mark(1))
        Faults.mend(boxes.mark(4))
        let store = try boxes.open(strict: true)
        #expect(try store.anomaly("boxes", BoxStore.id(1)).held == [3, 4, 6, 7])
        #expect(try boxes.weight(store, 1) == nil && boxes.weight(store, 2) == 4)
        // Without the box none of them has a place: the first is the new anomaly.
        try await store.skip(try store.anomaly("boxes", BoxStore.id(1)))
        #expect(try store.anomaly("boxes", BoxStore.id(1)).position == 3)
        #expect(try store.anomaly("boxes", BoxStore.id(1)).held == [4, 6, 7])
        try boxes.expectSound(store)
        try store.close()
    }

    @Test func verifyingListsAnomaliesAndPasses() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try boxes.open(strict: true).close()
        let report = try Store.verify(
            directory: boxes.directory.path, collections: [StrictBoxes.self, Weighings.self],
            options: StreamFixture.options(), scratch: boxes.directory.path("scratch"))
        #expect(report.isSound, "\(report.differences)")
        #expect(report.anomalyCount == AnomalyCount(anomalies: 1, held: 2))
        #expect(report.anomalies.map(\.position) == [4])
        // Views that lack one are found out: the first program's are of another declaration, and of other bytes.
        try boxes.open(strict: false).close()
        let stale = try Store.verify(
            directory: boxes.directory.path, collections: [StrictBoxes.self, Weighings.self],
            options: StreamFixture.options(), scratch: boxes.directory.path("scratch"))
        #expect(stale.differences.contains { $0.kind == .anomaly && $0.collection == "boxes" })
    }

    /// What a view says of how many it has decides whether they are looked up at all.
    @Test(arguments: [true, false]) func verifyingComparesHowManyThereAre(isRemoved: Bool) async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try boxes.open(strict: true).close()
        let collections: [any Collection.Type] = [StrictBoxes.self, Weighings.self]
        let tables = RawTables(directory: boxes.directory.path, catalogue: try Catalogue(collections))
        let prefix = Array("anomalies.201.".utf8)
        let entry = try #require(try tables.entries("meta").first { $0.key.starts(with: prefix) })
        var value: [UInt8]? = entry.value
        if isRemoved { value = nil } else { value?[8] += 1 }
        let report = try tables.changing("meta", entry.key, to: value) {
            try Store.verify(
                directory: boxes.directory.path, collections: collections, options: StreamFixture.options(),
                scratch: boxes.directory.path("scratch"))
        }
        #expect(report.differences.map(\.key) == ["anomalies", "rows of anomalies"], "\(report.differences)")
        #expect(report.differences.allSatisfy { $0.kind == .anomaly && $0.collection == "boxes" })
    }

    /// Words of a view that holds nothing personal, on an event that carries nothing of the kind, are kept.
    @Test func aProjectorsOwnWordsAreKeptWhereNothingIsPersonal() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        Faults.add(boxes.mark(5) + " in all")
        try FileManager.default.removeItem(atPath: boxes.directory.path("views"))
        try await boxes.with(strict: false) { store in
            let found = try store.anomalies("weighings").anomalies
            #expect(found.map(\.reason) == ["nobody counts so far"] && found.map(\.position) == [5])
        }
    }

    /// All that is released is in memory at once.
    @Test func aSkipReleasesNoMoreThanItMay() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        for most in [1, 2] {
            var options = StreamFixture.options()
            options.mostReleasedEvents = most
            let store = try Store(
                directory: boxes.directory.path, collections: [StrictBoxes.self, Weighings.self], options: options)
            let anomaly = try store.anomaly("boxes", BoxStore.id(1))
            #expect(anomaly.heldCount == 2)
            if most == 1 {
                await #expect {
                    try await store.skip(anomaly)
                } throws: { error in
                    guard let error = error as? AppendError, case .refused = error else { return false }
                    return "\(error)".contains("2 events are held") && "\(error)".contains("no more than 1 at once")
                }
                #expect(try store.position == 8 && store.anomalies().count.held == 2)
            } else {
                try await store.skip(anomaly)
                #expect(try store.anomalies().count == AnomalyCount())
            }
            try store.close()
        }
    }

    /// A retry that was broken off, and a program that was mended meanwhile without a word: all is folded by one of them.
    @Test(arguments: [true, false]) func aRetryThatWasBrokenOffBeginsAnew(isResumed: Bool) async throws {
        let boxes = BoxStore("broken off \(isResumed)")
        try await filled(boxes)
        try await boxes.with(strict: true) { store in
            var fold = try SlotFold(store.views, store.log, place: 0, purpose: .toServe, anew: true)
            while fold.progress.position < 5 { try fold.run(through: 5) }
        }
        Faults.mend(boxes.mark(4))
        try await boxes.with(strict: true) { store in
            if isResumed { try store.rebuilds.resume() } else { #expect(try store.retryAnomalies() == ["boxes"]) }
            try await ended(store)
            #expect(try store.anomalies().count == AnomalyCount())
            #expect(try boxes.weight(store, 1) == 25 && boxes.weight(store, 2) == 2)
            try boxes.expectSound(store)
        }
    }

    /// Left as they are, held documents are no difference; with other data, the event and what was held are in them.
    @Test func whatIfFollowsTheSameRule() async throws {
        let boxes = BoxStore()
        try await filled(boxes)
        try await boxes.with(strict: true) { store in
            let without = try store.past.whatIf(try store.supposing(without: 5), asOf: store.position)
            let changed = try #require(without.collections.first { $0.model.name == "boxes" })
            #expect(changed.documents.map(\.id) == [BoxStore.id(2)], "\(changed)")
            #expect(without.passedOver.events.map(\.position) == [4, 6, 7])
            let mended = try store.supposing(["box": .objectID(BoxStore.id(1)), "by": 7], at: 4)
            let found = try store.past.whatIf(mended, asOf: store.position)
            let both = try #require(found.collections.first { $0.model.name == "boxes" })
            #expect(Set(both.documents.map(\.id)) == [BoxStore.id(1), BoxStore.id(2)])
            #expect(found.passedOver.count == 0)
            let model = try store.collection("boxes")
            let weight = both.documents.first { $0.id == BoxStore.id(1) }?.fields.first { $0.path == "weight" }
            #expect(weight?.after == .int64(25), "\(both.documents) \(model.name)")
        }
    }

    /// A stricter rule refuses what is new, and keeps and lists what is there.
    @Test func violatorsAreKeptAndListed() async throws {
        let boxes = BoxStore()
        try await boxes.with(strict: false) { store in
            for number in 1...4 { try await store.append(boxes.event(number, "box.made", number)) }
            for number in 1...3 {
                try await store.append(boxes.event(10 + number, "box.weighed", number, by: number == 3 ? 9 : 5))
            }
        }
        let store = try Store(
            directory: boxes.directory.path, collections: [UniqueBoxes.self, Weighings.self],
            options: StreamFixture.options())
        let found = try store.duplicates()
        #expect(found.map(\.index) == [UniqueBoxes.indexes[1].name] && found.map(\.count) == [2])
        #expect(found.first?.documents == [BoxStore.id(1), BoxStore.id(2)])
        #expect(try boxes.weight(store, 1) == 5 && boxes.weight(store, 2) == 5)
        #expect(try store.anomalies().count == AnomalyCount())
        // A third one is refused; one that goes away is not.
        await #expect(throws: AppendError.self) { try await store.append(boxes.event(20, "box.weighed", 4, by: 5)) }
        try await store.append(boxes.event(21, "box.weighed", 2, by: 1))
        #expect(try store.duplicates("boxes").isEmpty)
        try boxes.expectSound(store)
        try store.close()
    }

    /// Erasures know collections by one byte.
    @Test func personsAreInCollectionsOfSmallNumbers() {
        #expect(throws: Catalogue.Invalid.self) { try Catalogue([FarAway.self]) }
    }

    private enum FarAway: Collection {
        static let name = "faraway"
        static let number: CollectionNumber = 256
        static let summary = "Has a personal field, and a number that is too large."
        static let field = BoxDeclaration.field
        static let indexes: [Index] = []
        static let events: [Event] = []
        static let follows: [EventName] = []
        static func apply(_ event: RecordedEvent, to view: inout View<Self>) throws(Anomaly) { throw view.unexpected() }
    }

    @Test func namesOfTheStoresOwnEventsAreKept() async throws {
        let boxes = BoxStore()
        let store = try boxes.open(strict: true)
        await #expect(throws: AppendError.self) {
            try await store.append(
                NewEvent(
                    id: "1", source: "/x", type: "system.anomalySkipped", data: ["collection": "boxes", "position": 1]))
        }
        #expect(store.position == 0)
        #expect(throws: Catalogue.Invalid.self) { try Catalogue([Impostor.self]) }
        try store.close()
    }

    private enum Impostor: Collection {
        static let name = "impostors"
        static let number: CollectionNumber = 203
        static let summary = "Declares what it must not."
        static let field = BoxDeclaration.field
        static let indexes: [Index] = []
        static let events = [
            Event.fact("system.impostor", BoxDeclaration.payload, stream: "x", key: BoxDeclaration.payload.box, "No.")
        ]
        static let follows: [EventName] = []
        static func apply(_ event: RecordedEvent, to view: inout View<Self>) throws(Anomaly) { throw view.unexpected() }
    }
}
