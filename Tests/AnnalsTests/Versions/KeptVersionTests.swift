import Annals
import BSON
import EventLog
import Foundation
import LMDB
import Schema
import Testing
import Views

/// Versions that are kept of documents with a long history: what is read by them is what a replay to there makes, and they
/// are the same bytes however the views came to be.
@Suite struct KeptVersionTests {
    private static let count = 700
    private static let table = "\(Jars.number).0.side"

    private func filled(_ jars: JarStore, seed: UInt64) async throws -> Store {
        let store = try jars.open()
        let events = JarStore.random(Self.count, seed: seed)
        // Those that cannot be applied take the others of their request along.
        let refused = try await StreamFixture.append(events, to: store, requestSize: 2, window: 60)
        #expect(!refused.isEmpty && store.position > Self.count / 2, "seed \(seed): \(refused.count)")
        return store
    }

    private func model(_ store: Store) throws -> CollectionModel { try store.collection(Jars.name) }

    private static let ids = (0..<JarStore.jars).map { JarStore.id($0) }

    // MARK: What is read

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func asOfEqualsAReplayToThere(seed: UInt64) async throws {
        let jars = JarStore("as of \(seed)")
        let store = try await filled(jars, seed: seed)
        let model = try model(store)
        let replayed = try ViewStore(
            directory: jars.directory.path("scratch"), catalogue: store.catalogue, options: .init(mapBytes: 1 << 30))
        try replayed.place(store.catalogue.collections)
        let replay = Replay(store: replayed, log: store.log)
        // The same refold for all, and one for each.
        let refold = store.history.refold(model)
        var present = 0
        for position in stride(from: 1, through: store.position, by: 3) {
            try replay.catchUp(through: position)
            let then = try replayed.snapshot()
            for id in Self.ids {
                let expected = try then.document(model, id: id).map { Document(copying: $0) }
                #expect(try refold.document(id, asOf: position) == expected, "seed \(seed), \(id) as of \(position)")
                #expect(
                    try store.document(Jars.name, id: id, asOf: position) == expected,
                    "seed \(seed), \(id) as of \(position)")
                present += expected == nil ? 0 : 1
            }
        }
        #expect(present > Int(store.position) / 2, "\(present)")
        try store.close()
    }

    @Test(arguments: 5...6 as ClosedRange<UInt64>) func aHistoryFromAPositionIsTheRestOfTheWhole(seed: UInt64)
        async throws
    {
        let jars = JarStore("history \(seed)")
        let store = try await filled(jars, seed: seed)
        let model = try model(store)
        func history(_ id: ObjectID, after: UInt64, fromVersions: Bool = true) throws -> [DocumentChange] {
            let refold = store.history.refold(model)
            refold.startsFromVersions = fromVersions
            var changes: [DocumentChange] = []
            let isKnown = try refold.forEachChange(of: id, after: after) { change in
                changes.append(change)
                return true
            }
            #expect(isKnown)
            return changes
        }
        for id in Self.ids {
            let whole = try history(id, after: 0, fromVersions: false)
            #expect(try told(history(id, after: 0)) == told(whole))
            #expect(whole.count > 5 * JarStore.interval, "\(whole.count)")
            for (older, newer) in zip(whole, whole.dropFirst()) { #expect(older.after == newer.before) }
            for after in stride(from: 1, through: store.position, by: 23) {
                let rest = whole.filter { $0.event.position > after }
                #expect(try told(history(id, after: after)) == told(rest), "seed \(seed), \(id) after \(after)")
            }
        }
        #expect(try !store.history.refold(model).forEachChange(of: JarStore.id(77)) { _ in true })
        try store.close()
    }

    private func told(_ changes: [DocumentChange]) -> [String] {
        changes.map {
            "\($0.event.position) \($0.id) \(String(describing: $0.before)) \(String(describing: $0.after))"
        }
    }

    /// Where the events look at one document alone, no more than the interval are read of the log.
    @Test func noMoreThanTheIntervalAreFolded() async throws {
        let jars = JarStore()
        let store = try jars.open()
        let model = try model(store)
        try await store.append(JarStore.event(0, "jar.made", 1))
        for number in 1...150 { try await store.append(JarStore.event(number, "jar.filled", 1, member: number % 50)) }
        var folded = 0
        var whole = 0
        for position in 1...store.position {
            func used(_ fromVersions: Bool) throws -> (events: Int, document: Document?) {
                let refold = store.history.refold(model)
                refold.startsFromVersions = fromVersions
                refold.mostEvents = 1_000
                let document = try refold.document(JarStore.id(1), asOf: position)
                return (1_000 - refold.mostEvents, document)
            }
            let (short, long) = (try used(true), try used(false))
            #expect(short.document == long.document && short.document?["total"] == .int64(Int64(position) - 1))
            #expect(short.events < Int(JarStore.interval), "as of \(position)")
            folded += short.events
            whole += long.events
        }
        #expect(folded > 100 && whole > 10 * folded, "\(folded) of \(whole)")
        let page = store.history.refold(model)
        page.mostEvents = Int(JarStore.interval) + 5
        var told = 0
        try page.forEachChange(of: JarStore.id(1), after: 140, through: 145) { _ in
            told += 1
            return true
        }
        #expect(told == 5)
        try store.close()
    }

    // MARK: What is kept

    @Test(arguments: 7...9 as ClosedRange<UInt64>) func theSameRowsHoweverTheyCameToBe(seed: UInt64) async throws {
        let jars = JarStore("rows \(seed)")
        let store = try await filled(jars, seed: seed)
        func differences(_ scratch: String) throws -> [Difference] {
            try StreamFixture.differences(store, scratch: jars.directory.path(scratch))
        }
        #expect(try differences("appended").isEmpty, "seed \(seed)")
        try Replay(store: store.views, log: store.log).rebuild([0], through: store.position)
        #expect(try differences("rebuilt").isEmpty, "seed \(seed)")
        var fold = try SlotFold(store.views, store.log, place: 0, purpose: .toReview)
        while fold.progress.position < store.position {
            // Runs of all lengths, each a batch.
            try fold.run(through: min(store.position, fold.progress.position + 1 + fold.progress.position % 41))
        }
        #expect(try SlotComparison.take(store.views, 0).differences().isEmpty, "seed \(seed)")
        var small = Replay(
            store: try ViewStore(
                directory: jars.directory.path("small"), catalogue: store.catalogue, options: .init(mapBytes: 1 << 30)),
            log: store.log)
        small.memoryBytes = 1
        try small.store.place(store.catalogue.collections)
        try small.catchUp()
        #expect(try Verification(live: store.views, replayed: small.store).differences().isEmpty, "seed \(seed)")
        try store.close()
    }

    @Test func aVersionIsKeptEachSoManyEvents() async throws {
        let jars = JarStore()
        let tables: RawTables
        var positions: [UInt64] = []
        var documents: [Document?] = []
        do {
            let store = try jars.open()
            try await store.append(JarStore.event(0, "jar.made", 1))
            try await store.append(JarStore.event(1, "jar.made", 2))
            for number in 2...100 {
                try await store.append(JarStore.event(number, "jar.filled", 1 + number % 2, member: number / 30))
            }
            let refold = store.history.refold(try model(store))
            refold.startsFromVersions = false
            try refold.forEachChange(of: JarStore.id(1)) { change in
                positions.append(change.event.position)
                documents.append(change.after)
                return true
            }
            tables = RawTables(directory: jars.directory.path, catalogue: store.catalogue)
            try store.close()
        }
        let key = withKey(JarStore.id(1)) { Array($0) }
        let rows = try tables.entries(Self.table).filter { $0.key.first == 7 && $0.key[1..<14].elementsEqual(key) }
        let interval = Int(JarStore.interval)
        let kept = stride(from: interval - 1, to: positions.count, by: interval)
        #expect(rows.map { Array($0.key[14...]) } == kept.map { AnyPosition.bytes(positions[$0]) })
        #expect(rows.map { Array($0.value[4...]) } == kept.map { documents[$0].map { Array($0.bytes) } })
        #expect(rows.map { Int($0.value[0]) } == kept.map { $0 + 1 })
        // A state is written once for each version after which it changes: the sum for all that were followed by an event.
        let states = try tables.entries(Self.table).filter { $0.key.first == 8 && $0.key[1..<14].elementsEqual(key) }
        let sums = states.filter { $0.key.count == 14 + 2 + 3 + 4 && $0.key[16..<19].elementsEqual("sum".utf8) }
        #expect(sums.map { Int($0.key[22]) } == Array(1...((positions.count - 1) / interval)))
        let members = states.filter { $0.key.count > 30 }
        #expect(!members.isEmpty && members.count < positions.count, "\(members.count)")
    }

    private enum AnyPosition {
        static func bytes(_ position: UInt64) -> [UInt8] { withUnsafeBytes(of: position.bigEndian) { Array($0) } }
    }

    @Test func theyGoWithTheirDocument() async throws {
        let jars = JarStore()
        let tables: RawTables
        do {
            let store = try jars.open()
            try await store.append(JarStore.event(0, "jar.made", 1))
            for number in 1...50 { try await store.append(JarStore.event(number, "jar.filled", 1, member: number)) }
            // In one batch: kept and gone, and made again.
            var events = (51...80).map { JarStore.event($0, "jar.filled", 1, member: $0) }
            events += [JarStore.event(81, "jar.broken", 1), JarStore.event(82, "jar.made", 1)]
            events += (83...85).map { JarStore.event($0, "jar.filled", 1, member: 1) }
            _ = try await store.append(events)
            #expect(try StreamFixture.differences(store, scratch: jars.directory.path("scratch")).isEmpty)
            let last = try #require(try store.document(Jars.name, id: JarStore.id(1), asOf: 86))
            #expect(last["total"] == .int64(3) && last["members"] == .int64(1))
            #expect(try store.document(Jars.name, id: JarStore.id(1), asOf: 82) == nil)
            #expect(try store.document(Jars.name, id: JarStore.id(1), asOf: 78)?["members"] == .int64(77))
            tables = RawTables(directory: jars.directory.path, catalogue: store.catalogue)
            try store.close()
        }
        #expect(try tables.entries(Self.table).allSatisfy { $0.key[0] != 7 && $0.key[0] != 8 })
    }

    /// Views with other versions are other views.
    @Test func anotherIntervalFoldsAnew() async throws {
        let jars = JarStore()
        do {
            let store = try await filled(jars, seed: 12)
            try store.close()
        }
        let store = try jars.open(interval: 5)
        #expect(store.openingReport.contains { $0.contains("jars") }, "\(store.openingReport)")
        #expect(try StreamFixture.differences(store, scratch: jars.directory.path("scratch")).isEmpty)
        let model = try model(store)
        for position in stride(from: 1, through: store.position, by: 11) {
            for id in Self.ids {
                let refold = store.history.refold(model)
                refold.startsFromVersions = false
                #expect(
                    try store.document(Jars.name, id: id, asOf: position) == refold.document(id, asOf: position))
            }
        }
        try store.close()
        #expect(throws: StoreError.self) { try jars.open(interval: 0) }
    }

    // MARK: Erasing

    @Test func nothingIsLeftOfWhoIsErased() async throws {
        let jars = JarStore()
        func secret(_ number: Int) -> String { "confided in event \(number)." }
        func stands(_ text: String) throws -> Bool {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: jars.directory.path("views/data.mdb")))
            defer { try? file.close() }
            // Sparse, and far longer than what it holds.
            let bytes = try #require(try file.read(upToCount: 8 << 20))
            return bytes.range(of: Data(text.utf8)) != nil
        }
        let store = try jars.open()
        for jar in 1...2 { try await store.append(JarStore.event(-jar, "jar.made", jar)) }
        for number in 1...200 {
            let jar = 1 + number % 2
            try await store.append(JarStore.event(number, "jar.noted", jar, note: secret(number)))
        }
        // Of each jar, every eighth event; the creation is the first.
        let kept = (1...200).filter { ($0 + 1) / 2 % 8 == 7 }
        for number in kept { #expect(try stands(secret(number)), "\(number)") }
        let then = UInt64(2 + 101)
        #expect(try store.document(Jars.name, id: JarStore.id(2), asOf: then)?["note"] == .string(secret(101)))
        // What the same batch keeps is erased with what was kept before it.
        var events = (201...240).map { JarStore.event($0, "jar.noted", 1 + $0 % 2, note: secret($0)) }
        events.append(JarStore.event(241, "jar.forgotten", 2))
        events += (242...250).map { JarStore.event($0, "jar.filled", 2, member: 1) }
        _ = try await store.append(events)
        #expect(try StreamFixture.differences(store, scratch: jars.directory.path("scratch")).isEmpty)
        #expect(try store.document(Jars.name, id: JarStore.id(2), asOf: then)?["note"] == "[erased]")
        #expect(try store.scrub())
        for number in 1...240 where number % 2 == 1 { #expect(try !stands(secret(number)), "\(number)") }
        for number in kept where number % 2 == 0 { #expect(try stands(secret(number)), "\(number)") }
        try store.close()
    }
}
