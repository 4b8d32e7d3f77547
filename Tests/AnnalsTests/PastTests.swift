import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Query
import Schema
import Synchronization
import Testing
import Views

/// Whole collections as of a position are what a fresh replay of the log up to there makes them.
///
/// `ANNALS_POSITIONS` says how many positions are compared.
@Suite struct PastTests {
    private static let count: UInt64 = 2_500

    private func filled(
        _ directory: TestDirectory, seed: UInt64, changing change: (inout StoreOptions) -> Void = { _ in }
    ) async throws -> Store {
        var options = StreamFixture.options()
        change(&options)
        let store = try StreamFixture.store(directory.path, options)
        let events = try StreamFixture.events(seed: seed, count: Int(Self.count))
        let refused = try await StreamFixture.append(events, to: store, window: 200)
        #expect(refused.isEmpty, "seed \(seed): \(refused.prefix(2))")
        return store
    }

    private func replayed(_ store: Store, _ directory: TestDirectory, to position: UInt64) throws -> ViewStore {
        let views = try ViewStore(
            directory: directory.path("fresh-\(position)"), catalogue: store.catalogue,
            options: .init(mapBytes: 4 << 30))
        try views.place(store.catalogue.collections)
        try Replay(store: views, log: store.log).catchUp(through: position)
        return views
    }

    private func bytes(_ snapshot: borrowing ViewSnapshot, _ model: CollectionModel) throws -> [[UInt8]] {
        var all: [[UInt8]] = []
        try snapshot.forEachDocument(model) { _, document throws(Never) in
            all.append(Array(document.bytes))
            return true
        }
        return all
    }

    /// Positions come in any order: some sets are folded from the start, some go on from an earlier one.
    @Test func collectionsEqualAFreshReplay() async throws {
        let seed: UInt64 = 51
        let directory = TestDirectory()
        let store = try await filled(directory, seed: seed) { $0.past.mostSets = 3 }
        var random = SeededNumbers(seed: seed)
        let positions = ProcessInfo.processInfo.environment["ANNALS_POSITIONS"].flatMap { Int($0) } ?? 10
        var documents = 0
        for _ in 0..<positions {
            let position = UInt64.random(in: 0...Self.count, using: &random)
            let fresh = try replayed(store, directory, to: position)
            let then = try fresh.snapshot(fresh.servingTarget())
            // All at once, or a few that are asked for alone.
            let all = store.catalogue.collections
            let models = Bool.random(using: &random) ? all : Array(all.shuffled(using: &random).prefix(4))
            try store.read(asOf: .position(position), models) { snapshot in
                #expect(snapshot.position == position)
                for model in models {
                    let found = try bytes(snapshot, model)
                    let expected = try bytes(then, model)
                    #expect(found == expected, "seed \(seed), \(model.name) as of \(position)")
                    let counted = try snapshot.documentCount(model)
                    #expect(counted == found.count)
                    documents += found.count
                }
                let unlike = try IndexAudit(snapshot.store).differences()
                #expect(unlike.isEmpty)
            }
            try aggregatesAreThoseOfThen(store, then, position)
        }
        #expect(documents > positions * 10)
        // One that is dropped goes with whoever lets go of it last, who may be the thread that folded the next.
        for _ in 0..<500 where try kept(directory).count > 3 { try await Task.sleep(for: .milliseconds(10)) }
        let folders = try kept(directory)
        #expect(folders.count <= 3)
        try store.close()
        #expect(try kept(directory).isEmpty)
    }

    private func aggregatesAreThoseOfThen(_ store: Store, _ then: borrowing ViewSnapshot, _ position: UInt64) throws {
        let pipelines: [(String, [Document])] = [
            (
                "chatmessages",
                [["$group": ["_id": "$role", "n": ["$sum": 1], "tokens": ["$sum": "$tokens"]]], ["$sort": ["_id": 1]]]
            ),
            (
                "users",
                [
                    [
                        "$lookup": [
                            "from": "userrewards", "localField": "_id", "foreignField": "userId", "as": "rewards",
                        ]
                    ], ["$project": ["email": 1, "rewards": 1]], ["$sort": ["_id": 1]],
                ]
            ),
        ]
        for (name, stages) in pipelines {
            let reached = Mutex([try store.collection(name)])
            let pipeline = try Aggregate(try store.collection(name), stages, in: store.catalogue) { other in
                reached.withLock { $0.append(other) }
                return true
            }
            var (expected, found): ([Document], [Document]) = ([], [])
            try pipeline.run(then) { row throws(QueryError) in
                expected.append(Document(copying: row))
                return true
            }
            try store.read(asOf: .position(position), reached.withLock { $0 }) { snapshot in
                try pipeline.run(snapshot) { row throws(QueryError) in
                    found.append(Document(copying: row))
                    return true
                }
            }
            #expect(found == expected, "\(name) as of \(position)")
        }
    }

    /// The folders of sets that are there.
    private func kept(_ directory: TestDirectory) throws -> [String] {
        guard try FileSystem.system.exists(directory.path("as-of")) else { return [] }
        return try FileSystem.system.list(directory.path("as-of"))
    }

    // MARK: Erasing

    private static let secret = "Unmistakable Ada of Nowhere"

    private func withSomebody(_ directory: TestDirectory) async throws -> (Store, ObjectID) {
        let store = try await filled(directory, seed: 52)
        let time = DateTime(milliseconds: StreamFixture.start + 400 * 86_400_000)
        let receipt = try await store.append(
            NewEvent(
                id: "ada", source: "/test", type: "user.registered", time: time,
                data: [
                    "email": "unmistakable@users.example", "name": .string(Self.secret), "authMethod": "google",
                ]))
        return (store, try #require(receipt.documentID))
    }

    private func erasure(_ user: ObjectID) -> NewEvent {
        NewEvent(
            id: "erase", source: "/test", type: "user.erased",
            time: DateTime(milliseconds: StreamFixture.start + 401 * 86_400_000), data: ["userId": .objectID(user)])
    }

    private func isFound(below directory: TestDirectory) throws -> [String] {
        let files = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        return try files.filter { file in
            let path = directory.path(file)
            guard let status = try FileSystem.system.status(path), status.kind == .file else { return false }
            let bytes = try FileSystem.system.read(path, 0, min(status.byteCount, status.allocatedByteCount + 4096))
            return Data(bytes).range(of: Data(Self.secret.utf8)) != nil
        }
    }

    private func expectName(
        _ expected: String, _ user: ObjectID, _ snapshot: borrowing ViewSnapshot, _ store: Store
    ) throws {
        let found = try snapshot.document(try store.collection("users"), id: user)?["name"]?.string
        #expect(found == expected)
    }

    @Test func anErasureTakesEverySetWithIt() async throws {
        let directory = TestDirectory()
        let (store, user) = try await withSomebody(directory)
        let then = store.position
        let later = NewEvent(
            id: "later", source: "/test", type: "user.registered",
            data: ["email": "later@users.example", "name": "Later", "authMethod": "google"])
        try await store.append(later)
        let users = try store.collection("users")
        let inFlight = try store.past.set([users], asOf: then)
        try expectName(Self.secret, user, try inFlight.snapshot(), store)
        let before = try isFound(below: directory)
        #expect(before.contains { $0.hasPrefix("as-of/") })

        try await store.append(erasure(user))
        let after = try isFound(below: directory)
        #expect(after.allSatisfy { $0.hasPrefix("views/") })
        #expect(try store.scrub())
        #expect(try isFound(below: directory).isEmpty)
        // Who was reading reads on; who asks now sees nothing of them, at that position too.
        try expectName(Self.secret, user, try inFlight.snapshot(), store)
        try store.read(asOf: .position(then), [users]) { try expectName("[erased]", user, $0, store) }
        let document = try #require(try store.document("users", id: user, asOf: then))
        #expect(document["name"] == "[erased]")
        #expect(try isFound(below: directory).isEmpty)
        try store.close()
        #expect(try isFound(below: directory).isEmpty)
    }

    /// Views that are being folded while somebody is erased are not kept, and not even given.
    @Test func aSetThatAnErasureMeetsIsThrownAway() async throws {
        let directory = TestDirectory()
        let (store, user) = try await withSomebody(directory)
        let then = store.position - 1
        let erased = Mutex(false)
        let event = erasure(user)
        #expect(throws: PastError.self) {
            _ = try store.past.set(store.catalogue.collections, asOf: then) { _ in
                // Once, and waited for: folding goes on when the erasure is durable.
                guard
                    erased.withLock({ was in
                        defer { was = true }; return !was
                    })
                else { return }
                let done = DispatchSemaphore(value: 0)
                store.submit([event]) { result in
                    if case .failure(let error) = result { Issue.record("\(error)") }
                    done.signal()
                }
                done.wait()
            }
        }
        #expect(erased.withLock { $0 })
        #expect(try kept(directory).isEmpty)
        try store.read(asOf: .position(then), store.catalogue.collections) { snapshot in
            #expect(snapshot.position == then)
        }
        #expect(try store.scrub())
        #expect(try isFound(below: directory).isEmpty)
        try store.close()
    }

    // MARK: Bounds

    @Test func setsAreBoundedAndStaleOnesGo() async throws {
        let directory = TestDirectory()
        do {
            let store = try await filled(directory, seed: 53) { $0.past.mostBytes = 300_000 }
            let all = store.catalogue.collections
            #expect(throws: PastError.self) { _ = try store.past.set(all, asOf: 2_400) }
            #expect(try kept(directory).isEmpty)
            let few = [try store.collection("rewarddefinitions")]
            for position in [UInt64(100), 50, 60] { _ = try store.past.set(few, asOf: position) }
            #expect(try !kept(directory).isEmpty)
            try store.close()
        }
        try FileSystem.system.makeDirectories(directory.path("as-of/7"))
        try FileSystem.system.writeWhole(directory.path("as-of/7/data.mdb"), Array(Self.secret.utf8))
        let store = try StreamFixture.store(directory.path)
        #expect(try kept(directory).isEmpty)
        #expect(throws: StoreError.self) {
            try store.read(asOf: .position(Self.count + 1), []) { _ in }
        }
        try store.close()
    }

    @Test func thoseWhoAskAtOnceShareASet() async throws {
        let directory = TestDirectory()
        let store = try await filled(directory, seed: 54)
        let all = store.catalogue.collections
        let sets = try await withThrowingTaskGroup(of: PastSet.self) { group in
            for _ in 0..<20 {
                group.addTask { try await store.past.set(all, asOf: 1_234, within: .seconds(60)) }
            }
            return try await group.reduce(into: [PastSet]()) { $0.append($1) }
        }
        #expect(sets.allSatisfy { $0 === sets[0] } && sets[0].position == 1_234)
        // Who does not wait long enough is told how far it is, and finds it later.
        // Where this thread was not scheduled for so long it is ready: another is asked for then, and at last none.
        var told: [UInt64] = []
        var asked: UInt64 = 2_000
        while told.isEmpty, asked < 2_020 {
            do {
                _ = try await store.past.set(all, asOf: asked, within: .zero)
                asked += 1
            } catch {
                told.append(try Self.position(ofFoldingIn: error))
            }
        }
        #expect(told.isEmpty || told == [asked])
        let folded = try await store.past.set(all, asOf: min(asked, 2_019), within: .seconds(60))
        #expect(folded.position == min(asked, 2_019))
        try store.close()
    }

    private static func position(ofFoldingIn error: any Error) throws -> UInt64 {
        guard case .folding(_, let position)? = error as? PastError else { throw error }
        return position
    }

    // MARK: Moments

    @Test func momentsArePositions() async throws {
        let directory = TestDirectory()
        let clock = Mutex(StreamFixture.start)
        var options = StreamFixture.options()
        options.clock = Clock { clock.withLock { $0 } }
        let store = try StreamFixture.store(directory.path, options)
        // By their own time the third is from before the second.
        for (number, day) in [1, 5, 3, 6].enumerated() {
            clock.withLock { $0 += 1_000 }
            let time = DateTime(milliseconds: StreamFixture.start + Int64(day) * 86_400_000)
            try await store.append(
                NewEvent(
                    id: "\(number)", source: "/test", type: "user.registered", time: time,
                    data: ["email": .string("u\(number)@users.example"), "name": "U", "authMethod": "google"]))
        }
        func happened(_ day: Int) throws -> UInt64 {
            try store.history.position(
                of: .happened(DateTime(milliseconds: StreamFixture.start + Int64(day) * 86_400_000)))
        }
        let byEventTime = try (0...7).map(happened)
        #expect(byEventTime == [0, 1, 1, 1, 1, 3, 4, 4])
        func recorded(_ second: Int64) throws -> UInt64 {
            try store.history.position(of: .recorded(DateTime(milliseconds: StreamFixture.start + second * 1_000)))
        }
        let byRecordedTime = try (0...5).map(recorded)
        #expect(byRecordedTime == [0, 1, 2, 3, 4, 4])
        let users = try store.collection("users")
        for (moment, count) in [(PastMoment.position(0), 0), (.position(2), 2), (.position(4), 4)] {
            try store.read(asOf: moment, [users]) { snapshot in
                let found = try snapshot.documentCount(users)
                #expect(found == count)
            }
        }
        #expect(PastMoment("12") == .position(12))
        #expect(PastMoment("2024-01-01T00:00:00Z") == .recorded(DateTime(milliseconds: StreamFixture.start)))
        #expect(PastMoment("yesterday") == nil)
        try store.close()
    }

    /// A directory says since when it has known today's projectors: from the start, or since it first kept a note of it.
    @Test func projectorsThatWereNotLiveThenAreNamed() async throws {
        let directory = TestDirectory()
        do {
            let store = try await filled(directory, seed: 55)
            #expect(store.past.notLive(store.catalogue.collections, asOf: 0).isEmpty)
            try store.close()
        }
        let path = directory.path("projectors")
        let text = String(decoding: try FileSystem.system.readWhole(path), as: UTF8.self)
        // Users were folded by others before.
        let lines = text.split(separator: "\n").map { line -> String in
            let words = line.split(separator: " ")
            return words[0] == "1" ? "1 \(String(repeating: "0", count: 64)) 0" : String(line)
        }
        try FileSystem.system.writeWhole(path, Array(lines.joined(separator: "\n").utf8))
        let store = try StreamFixture.store(directory.path)
        let named = store.past.notLive(store.catalogue.collections, asOf: 7)
        #expect(named.map(\.model.name) == ["users"] && named.first?.since == Self.count)
        #expect(store.past.notLive(store.catalogue.collections, asOf: Self.count).isEmpty)
        try store.close()
    }
}
