import Annals
import EventLog
import Foundation
import Projections
import Schema
import Testing
import Views

/// A filled store, closed, and what its log makes of it: for tests that change its tables behind its back. Made once for a
/// suite; each test puts back what it changed.
final class FilledStore: Sendable {
    static let events = 4_000
    @TaskLocal static var current: FilledStore?

    let directory = TestDirectory("filled")
    let replayed: ViewStore
    let tables: RawTables
    var catalogue: Catalogue { tables.catalogue }

    init() async throws {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 31, count: Self.events, users: 12)
        let refused = try await StreamFixture.append(events, to: store, window: 200)
        #expect(refused.isEmpty)
        tables = RawTables(directory: directory.path, catalogue: store.catalogue)
        replayed = try ViewStore(
            directory: directory.path("replayed"), catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        try replayed.place(store.catalogue.collections)
        try Replay(store: replayed, log: store.log).catchUp()
        try store.close()
    }

    // MARK: Looking

    /// What verification and index audit find in the views as they lie there.
    func differences() throws -> [Difference] {
        let views = try ViewStore(
            directory: directory.path("views"), catalogue: catalogue,
            options: .init(mapBytes: 4 << 30, readOnly: true))
        return try Verification(live: views, replayed: replayed).differences()
    }

    func strayAndMissingEntries() throws -> [Difference] {
        let views = try ViewStore(
            directory: directory.path("views"), catalogue: catalogue,
            options: .init(mapBytes: 4 << 30, readOnly: true))
        return try IndexAudit(views).differences()
    }

    /// What the command finds, which opens nothing.
    func report() throws -> VerificationReport {
        try Store.verify(
            directory: directory.path, collections: allCollections, options: StreamFixture.options(),
            scratch: directory.path("scratch"))
    }
}

/// Fills a store once for the suite.
struct FilledStoreScope: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await FilledStore.$current.withValue(FilledStore()) { try await function() }
    }
}

extension Trait where Self == FilledStoreScope {
    static var filledOnce: Self { Self() }
}
