import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Synchronization
import Testing
import Views

/// Views that another program makes beside the one that serves, and that serve once it is started in its place.
@Suite struct PreparedViewsTests {
    /// What a program before declared, and one after it, with an index more.
    enum Before: Collection {
        static let name = "notes"
        static let number: CollectionNumber = 901
        static let summary = "Notes."
        struct Fields: FieldSet {
            let name = Field.string("name")
            let text = Field.string("text")
            init() {}
        }
        static let field = Fields()
        static let indexes = [Index(field.name)]
        static let events = [
            Event.creation("note.made", Before.self, stream: "notes", key: field.name, "A note is made.")
        ]
        static let follows: [EventName] = ["note.made"]
        static func apply(_ event: RecordedEvent, to view: inout View<Self>) throws(Anomaly) { try view.insert() }
    }

    enum After: Collection {
        static let name = "notes"
        static let number: CollectionNumber = 901
        static let summary = "Notes."
        static let field = Before.Fields()
        static let indexes = [Index(field.name), Index(field.text)]
        static let events = [
            Event.creation("note.made", After.self, stream: "notes", key: field.name, "A note is made.")
        ]
        static let follows: [EventName] = ["note.made"]
        static func apply(_ event: RecordedEvent, to view: inout View<Self>) throws(Anomaly) { try view.insert() }
    }

    private static let (before, after): ([any Collection.Type], [any Collection.Type]) = ([Before.self], [After.self])

    /// A store's directory is free once nobody holds the store.
    private func open(
        _ directory: String, _ collections: [any Collection.Type], _ fileSystem: FileSystem = .system,
        _ body: (Store) async throws -> Void
    ) async throws {
        var options = StreamFixture.options()
        options.fileSystem = fileSystem
        let store = try Store(directory: directory, collections: collections, options: options)
        try await body(store)
        try store.close()
    }

    private func append(_ range: ClosedRange<Int>, to store: Store) async throws {
        for number in range {
            try await store.append(
                NewEvent(
                    id: "\(number)", source: "/test", type: "note.made",
                    data: ["name": .string("n\(number)"), "text": .string("t\(number % 7)")]))
        }
    }

    /// One round of the other program.
    private func prepare(
        _ store: Store, _ collections: [any Collection.Type], through last: UInt64? = nil,
        meanwhile: () async throws -> Void = {}
    ) async throws -> UInt64 {
        let preparation = ViewPreparation(
            of: store.directory, collections: collections, options: StreamFixture.options(seed: 2))
        let round = try preparation.begin()
        do {
            var next = round.position + 1
            let through = last ?? store.visiblePosition
            while next <= through {
                var exporter = store.exporter
                let chapter = try exporter.chapter(from: next, through: through)
                try preparation.add(chapter.text, to: round)
                next = chapter.next
            }
            try await meanwhile()
            return try preparation.finish(round)
        } catch {
            preparation.abandon(round)
            throw error
        }
    }

    private func plan(_ store: Store) throws -> String {
        let find = try Find(try store.collection("notes"), filter: ["text": "t3"])
        return try store.read { JSON.string(try find.explain($0), style: .relaxed) }
    }

    private func rebuilt(_ store: Store) -> Bool { store.openingReport.contains { $0.hasPrefix("rebuilding") } }

    private func expectSound(_ store: Store) throws {
        let scratch = TestDirectory()
        #expect(try StreamFixture.differences(store, scratch: scratch.path).isEmpty)
    }

    private static let serve = "views that were prepared serve"

    @Test func theyServeOnceTheProgramIsStarted() async throws {
        let directory = TestDirectory()
        try await open(directory.path, Self.before) { old in
            try await append(1...300, to: old)
            #expect(try await prepare(old, Self.after, through: 200) == 200)
            // A second round goes on; the last events are left for the opening.
            #expect(try await prepare(old, Self.after) == 300)
            try await append(301...320, to: old)
            #expect(try plan(old).contains("COLLSCAN"))
        }
        try await open(directory.path, Self.after) { new in
            #expect(new.openingReport.contains { $0.hasPrefix(Self.serve) }, "\(new.openingReport)")
            #expect(!rebuilt(new))
            #expect(try plan(new).contains("text_1"))
            try expectSound(new)
            // Sent again, an event of before is known.
            let again = NewEvent(id: "7", source: "/test", type: "note.made", data: ["name": "n7", "text": "t0"])
            #expect(try await new.append(again).position == 7)
            try await append(321...330, to: new)
        }
        // And back, to what served before.
        try await open(directory.path, Self.before) { back in
            #expect(back.openingReport.contains { $0.hasPrefix(Self.serve) })
            #expect(!rebuilt(back) && back.visiblePosition == 330)
            try expectSound(back)
        }
        // Its own serve: nothing changes places.
        try await open(directory.path, Self.before) { same in
            #expect(!same.openingReport.contains { $0.contains("prepared") } && !rebuilt(same))
        }
    }

    @Test func thoseOfAnotherDeclarationOrLogAreLeft() async throws {
        let directory = TestDirectory()
        try await open(directory.path("a"), Self.before) { old in
            try await append(1...50, to: old)
            #expect(try await prepare(old, Self.before) == 50)
        }
        try await open(directory.path("a"), Self.after) { new in
            #expect(
                new.openingReport.contains { $0.hasSuffix("are not used: notes is declared otherwise") },
                "\(new.openingReport)")
            #expect(rebuilt(new))
        }
        try await open(directory.path("b"), Self.before) { try await append(60...120, to: $0) }
        try FileManager.default.removeItem(atPath: directory.path("b/views"))
        try FileManager.default.moveItem(atPath: directory.path("a/next"), toPath: directory.path("b/next"))
        try await open(directory.path("b"), Self.before) { opened in
            #expect(
                opened.openingReport.contains { $0.hasSuffix("are not used: they are not of this log") },
                "\(opened.openingReport)")
            try expectSound(opened)
        }
    }

    /// Users without subscriptions, one after the other.
    private func erase(_ store: Store) async throws {
        var users: [String] = []
        try store.read { snapshot in
            try snapshot.forEachDocument(try store.collection("users")) { _, user in
                if user.value(named: "name")?.string != "[erased]" {
                    users += (user.value(named: "_id")?.objectID).map { ["\($0)"] } ?? []
                }
                return true
            }
        }
        for user in users {
            let event = NewEvent(
                id: "erase-\(user)", source: "/test", type: "user.erased", data: ["userId": .string(user)])
            do throws(AppendError) {
                try await store.append(event)
                return
            } catch { guard case .refused = error else { throw error } }
        }
        Issue.record("nobody could be erased")
    }

    /// All collections, with persons who are erased between rounds and in the midst of one.
    @Test func anErasureTakesThem() async throws {
        let directory = TestDirectory()
        try await open(directory.path, allCollections) { store in
            let events = try StreamFixture.events(seed: 48, count: 1_200)
            #expect(try await StreamFixture.append(events, to: store, window: 100).isEmpty)
            #expect(try await prepare(store, allCollections) == store.visiblePosition)
            let next = directory.path("next")
            #expect(FileManager.default.fileExists(atPath: next + "/views"))
            try await erase(store)
            #expect(!FileManager.default.fileExists(atPath: next))
            // In the midst of a first round and of a later one.
            for _ in 0..<2 {
                await #expect {
                    _ = try await prepare(store, allCollections) { try await erase(store) }
                } throws: { error in
                    guard let error = error as? StoreError, case .rebuild(.preparationLost) = error else {
                        return false
                    }
                    return true
                }
                #expect(try await prepare(store, allCollections, through: 900) == 900)
            }
            #expect(try await prepare(store, allCollections) == store.visiblePosition)
        }
        try FileManager.default.removeItem(atPath: directory.path("views"))
        try await open(directory.path, allCollections) { again in
            #expect(again.openingReport.contains { $0.hasPrefix(Self.serve) }, "\(again.openingReport)")
            try expectSound(again)
        }
    }

    /// Views of before that lag behind the log may hold somebody whom the events they lack erase.
    @Test func thoseThatLagAreNotKept() async throws {
        let directory = TestDirectory()
        try await open(directory.path, Self.before) { old in
            try await append(1...40, to: old)
            _ = try await prepare(old, Self.after)
        }
        let kept = directory.path("kept")
        for name in ["views", "views.state"] {
            try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: directory.path(name), toPath: "\(kept)/\(name)")
        }
        let next = directory.path("next")
        try FileManager.default.moveItem(atPath: next, toPath: directory.path("aside"))
        try await open(directory.path, Self.before) { try await append(41...45, to: $0) }
        for name in ["views", "views.state"] {
            try FileManager.default.removeItem(atPath: directory.path(name))
            try FileManager.default.moveItem(atPath: "\(kept)/\(name)", toPath: directory.path(name))
        }
        try FileManager.default.moveItem(atPath: directory.path("aside"), toPath: next)
        try await open(directory.path, Self.after) { new in
            #expect(new.openingReport.contains { $0.contains("removed: they lag") }, "\(new.openingReport)")
            try expectSound(new)
        }
        #expect(!FileManager.default.fileExists(atPath: next + "/views"))
        try await open(directory.path, Self.before) { try expectSound($0) }
    }

    /// A crash after each step of changing places leaves a store that opens, with the right views.
    @Test(arguments: 0..<8) func aCrashWhileTheyChangePlaces(steps: Int) async throws {
        let directory = TestDirectory()
        try await open(directory.path, Self.before) { old in
            try await append(1...40, to: old)
            _ = try await prepare(old, Self.after)
        }
        let left = Mutex(steps)
        var breaking = FileSystem.system
        breaking.rename = { (source: String, target: String) throws(FileError) in
            let isViews = source.contains("/views") || source.contains("/former")
            let mayGoOn =
                !isViews
                || left.withLock { left in
                    left -= 1
                    return left >= 0
                }
            guard mayGoOn else { throw FileError(operation: "rename", path: source, errno: EIO) }
            try FileSystem.system.rename(source, target)
        }
        try? await open(directory.path, Self.after, breaking) { _ in }
        try await open(directory.path, Self.after) { new in
            #expect(try plan(new).contains("text_1"))
            try expectSound(new)
        }
        try await open(directory.path, Self.before) { try expectSound($0) }
    }
}
