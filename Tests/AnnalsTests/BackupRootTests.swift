import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Testing

/// A backup says what the views' roots were, and a restore holds what it folds against them.
@Suite struct BackupRootTests {
    private static let seed: UInt64 = 73

    /// Two runs, at 300 and 500, the first ending a full segment; the store's roots at each.
    private func backup(_ directory: TestDirectory, _ clock: ManualClock) async throws -> [UInt64: [String: Digest32]] {
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        var options = BackupFixture.small
        // One record and no more: a segment that ends a run is never gone on with.
        options.segmentBytes = 1
        var roots: [UInt64: [String: Digest32]] = [:]
        for (skipping, count) in [(0, 300), (300, 200)] {
            try await BackupFixture.fill(store, clock, seed: Self.seed, skipping: skipping, count: count)
            let report = try store.backUp(to: directory.path("backup"), options)
            roots[report.manifest.position] = try named(store)
        }
        try store.close()
        return roots
    }

    private func named(_ store: Store) throws -> [String: Digest32] {
        Dictionary(uniqueKeysWithValues: try store.roots().views.map { ($0.name, $0.root) })
    }

    private func restore(_ directory: TestDirectory, _ name: String, _ point: RestorePoint, _ clock: ManualClock) throws
        -> RestoreReport
    {
        try Store.restore(
            directory.path("backup"), to: directory.path(name), point, collections: allCollections,
            options: BackupFixture.options(clock, seed: 5))
    }

    @Test func whereRunsEndedTheyAreComparedAndNowhereElse() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let roots = try await backup(directory, clock)
        let manifest = try BackupReader(directory.path("backup")).manifest
        for position in [UInt64(300), 500] {
            let kept = manifest.views(at: position)
            #expect(Dictionary(uniqueKeysWithValues: kept.map { ($0.name, $0.root) }) == roots[position])
            #expect(kept.count == allCollections.count)
        }
        #expect(manifest.segments.filter { !$0.views.isEmpty }.map(\.last) == [300, 500])
        for (point, name) in [(RestorePoint.end, "end"), (.position(300), "earlier")] {
            let views = try #require(try restore(directory, name, point, clock).views)
            #expect(views.compared == allCollections.count && views.notCompared.isEmpty)
            #expect(views.differing.isEmpty, "\(views.differing)")
        }
        #expect(try restore(directory, "between", .position(301), clock).views == nil)
    }

    /// A root of then that is another now is told with both; a view of another declaration, or of none, is not compared.
    @Test func whatDiffersIsNamed() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let roots = try await backup(directory, clock)
        let kept = try BackupReader(directory.path("backup")).manifest.views(at: 500)
        let (users, agents, posts) = (
            try #require(kept.first { $0.name == "users" }), try #require(kept.first { $0.name == "agents" }),
            try #require(kept.first { $0.name == "communityposts" })
        )
        let other = Digest32.hashing(UnsafeRawBufferPointer(start: nil, count: 0))
        try change(directory.path("backup/manifest.json")) { text in
            text = text.replacingOccurrences(of: "\(users.root)", with: "\(other)")
            // Both: of another declaration, the root is another too.
            text = text.replacingOccurrences(of: "\(agents.fingerprint)", with: "\(other)")
                .replacingOccurrences(of: "\(agents.root)", with: "\(other)")
            text = text.replacingOccurrences(of: "\"\(posts.name)\"", with: "\"formerposts\"")
        }
        let report = try restore(directory, "end", .end, clock)
        let views = try #require(report.views)
        #expect(views.differing.map(\.name) == ["users"])
        #expect(views.differing.first?.expected == other && views.differing.first?.found == roots[500]?["users"])
        #expect(Set(views.notCompared) == ["agents", "formerposts"])
        #expect(views.compared == allCollections.count - 2)
        // It is there all the same.
        let restored = try StreamFixture.store(directory.path("end"), BackupFixture.options(clock, seed: 6))
        #expect(try named(restored) == roots[500])
        try restored.close()
    }

    /// Of a directory that nobody has open, where its views are as far as its log; and what was known stays known.
    @Test func aClosedDirectorySaysThemToo() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let roots = try await left(directory, clock)
        func run(_ collections: [any Collection.Type]) throws -> [String: Digest32] {
            let report = try Store.backUp(
                directory: directory.path("store"), to: directory.path("backup"), collections: collections,
                options: BackupFixture.options(clock), BackupFixture.small)
            let kept = report.manifest.views(at: report.manifest.position)
            return Dictionary(uniqueKeysWithValues: kept.map { ($0.name, $0.root) })
        }
        #expect(try run([]).isEmpty)
        #expect(try run(allCollections) == roots)
        #expect(try run([]) == roots)
        // Views that are not to be trusted say nothing.
        try FileManager.default.removeItem(atPath: directory.path("store/views.state"))
        try FileManager.default.removeItem(atPath: directory.path("backup"))
        #expect(try run(allCollections).isEmpty)
    }

    /// A store that nobody has open any more.
    private func left(_ directory: TestDirectory, _ clock: ManualClock) async throws -> [String: Digest32] {
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        try await BackupFixture.fill(store, clock, seed: Self.seed, count: 120)
        defer { try? store.close() }
        return try named(store)
    }

    /// Changes the manifest's text, and makes its digest right again.
    private func change(_ path: String, _ body: (inout String) -> Void) throws {
        let file = URL(fileURLWithPath: path)
        var text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let ending = try #require(text.range(of: #","sha256":""#, options: .backwards))
        text = String(text[..<ending.lowerBound])
        let before = text
        body(&text)
        #expect(text != before)
        let digest = Array(text.utf8).withUnsafeBytes { Digest32.hashing($0) }
        try Data((text + #","sha256":"\#(digest)"}"# + "\n").utf8).write(to: file)
    }
}
