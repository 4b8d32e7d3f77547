import Annals
import BSON
import EventLog
import Foundation
import LMDB
import Projections
import Schema
import Testing
import Views

/// A filled store, closed, and what its log makes of it: for tests that change its tables behind its back. Made once for a
/// suite; each test puts back what it changed.
final class FilledStore: Sendable {
    static let events = 1_600
    @TaskLocal static var current: FilledStore?

    let directory = TestDirectory("filled")
    let catalogue: Catalogue
    let replayed: ViewStore

    init() async throws {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 31, count: Self.events, users: 12)
        let refused = try await StreamFixture.append(events, to: store, window: 200)
        #expect(refused.isEmpty)
        catalogue = store.catalogue
        replayed = try ViewStore(
            directory: directory.path("replayed"), catalogue: catalogue, options: .init(mapBytes: 4 << 30))
        try replayed.place(catalogue.collections)
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

    // MARK: Changing

    struct Entry {
        let key: [UInt8]
        let value: [UInt8]
        var keyText: String { key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    }

    enum Environments: String { case views, log }

    /// The tables by their names, without anything of the engine's above LMDB.
    private func open(_ which: Environments) throws -> Environment {
        switch which {
        case .views:
            try Environment(
                directory: directory.path("views"), tables: ViewTableNames.all(catalogue),
                options: EnvironmentOptions(
                    mapBytes: 4 << 30, maxTables: 256 + 8 * catalogue.collections.count, synchronous: false,
                    writeMap: true))
        case .log:
            try Environment(
                directory: directory.path("log"), tables: ["records", "meta"],
                options: EnvironmentOptions(mapBytes: 4 << 30, maxTables: 8, synchronous: true))
        }
    }

    /// All entries of a table.
    func entries(_ name: String, in which: Environments = .views) throws -> [Entry] {
        let environment = try open(which)
        let named = environment.table(name)
        let table = try #require(named)
        var entries: [Entry] = []
        let transaction = try environment.beginRead()
        var cursor = try transaction.cursor(table)
        var found = try cursor.first()
        while found {
            entries.append(Entry(key: Array(cursor.key), value: Array(cursor.value)))
            found = try cursor.next()
        }
        return entries
    }

    /// Puts a value under a key, or with none takes the key away; runs `body` over what that leaves; puts all back.
    func changing<R>(
        _ name: String, _ key: [UInt8], to value: [UInt8]?, in which: Environments = .views, _ body: () throws -> R
    )
        throws -> R
    {
        let before = try entries(name, in: which).first { $0.key == key }?.value
        try put(name, key, value, which)
        let result = Result { try body() }
        try put(name, key, before, which)
        return try result.get()
    }

    private func put(_ name: String, _ key: [UInt8], _ value: [UInt8]?, _ which: Environments) throws {
        let environment = try open(which)
        let named = environment.table(name)
        let table = try #require(named)
        let transaction = try environment.beginWrite()
        try key.withUnsafeBytes { key in
            if let value {
                _ = try value.withUnsafeBytes { try transaction.put(key, $0, in: table) }
            } else {
                let wasThere = try transaction.delete(key, in: table)
                #expect(wasThere)
            }
        }
        try transaction.commit()
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
