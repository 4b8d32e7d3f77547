import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Testing
import Views

/// What opening does with views it cannot trust, or that are behind; and that verifying a directory does none of it.
@Suite struct OpeningTests {
    static let events = 600

    /// A closed store, in whose views a document is missing: only a rebuild brings it back.
    private func damagedStore(_ directory: TestDirectory) async throws -> RawTables {
        try await fill(directory)
        let tables = RawTables(directory: directory.path, catalogue: try Catalogue(allCollections))
        let user = try #require(try tables.entries("1.0.documents").first)
        try tables.put("1.0.documents", user.key, nil)
        return tables
    }

    /// A closed store, with some more records of the log than its views have been told of.
    private func fill(_ directory: TestDirectory, untold: LogBatch = LogBatch()) async throws {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 5, count: Self.events, users: 20)
        _ = try await StreamFixture.append(events, to: store, window: 50)
        try store.log.append(untold)
        try store.close()
    }

    private func verify(_ directory: TestDirectory) throws -> VerificationReport {
        try Store.verify(
            directory: directory.path, collections: allCollections, options: StreamFixture.options(),
            scratch: directory.path("scratch"))
    }

    enum Staleness: String, CaseIterable { case boot, mount, device, inode, missing, torn }

    /// Makes the marker, or what it speaks of, other than the last run left it.
    private func makeStale(_ staleness: Staleness?, _ directory: TestDirectory, state: String = "RUNNING") throws {
        let marker = directory.path("views.state")
        var lines = try String(contentsOfFile: marker, encoding: .utf8).components(separatedBy: "\n")
        #expect(lines[1] == "CLEAN")
        lines[1] = state
        switch staleness {
        case .boot: lines[2] = "another boot"
        case .mount: lines[3] = "999999"
        case .device: lines[4] = "999999"
        case .missing: return try FileManager.default.removeItem(atPath: marker)
        case .torn: return try "annals views".write(toFile: marker, atomically: false, encoding: .utf8)
        case .inode:
            // The same bytes in another file; even a clean stop says nothing of that.
            lines[1] = "CLEAN"
            let data = directory.path("views/data.mdb")
            let copy = try Process.run(
                URL(fileURLWithPath: "/bin/cp"), arguments: ["--sparse=always", data, data + ".copy"])
            copy.waitUntilExit()
            #expect(rename(data + ".copy", data) == 0)
        case nil: break
        }
        try lines.joined(separator: "\n").write(toFile: marker, atomically: false, encoding: .utf8)
    }

    /// Views that may have lost writes are not trusted, and come back as the log makes them.
    @Test(arguments: Staleness.allCases) func staleViewsAreRebuilt(staleness: Staleness) async throws {
        let directory = TestDirectory()
        _ = try await damagedStore(directory)
        try makeStale(staleness, directory)
        do {
            let store = try StreamFixture.store(directory.path)
            #expect(store.openingReport.contains { $0.hasPrefix("views thrown away") })
            #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
            try store.close()
        }
        // And are trusted from then on.
        let again = try StreamFixture.store(directory.path)
        #expect(again.openingReport == ["log at position \(Self.events)"])
        try again.close()
    }

    /// Stopped cleanly and flushed, or by a killed process of this boot: nothing is rebuilt, so the damage is still there.
    @Test(arguments: ["CLEAN", "RUNNING"]) func trustedViewsAreKept(state: String) async throws {
        let directory = TestDirectory()
        _ = try await damagedStore(directory)
        try makeStale(state == "CLEAN" ? .boot : nil, directory, state: state)
        let store = try StreamFixture.store(directory.path)
        #expect(store.openingReport == ["log at position \(Self.events)"])
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.contains { $0.kind == .document && $0.collection == "users" })
        try store.close()
    }

    // MARK: Verifying

    @Test(arguments: Staleness.allCases) func verifyingTellsStaleViewsAndRebuildsNothing(staleness: Staleness)
        async throws
    {
        let directory = TestDirectory()
        let tables = try await damagedStore(directory)
        try makeStale(staleness, directory)
        let users = try tables.entries("1.0.documents").count
        let marker = try? Data(contentsOf: URL(fileURLWithPath: directory.path("views.state")))
        let report = try verify(directory)
        #expect(report.differences.map(\.kind) == [.checkpoint] && report.differences.first?.key == "trust")
        #expect(report.position == UInt64(Self.events) && report.viewsPosition == 0 && report.root != .zero)
        #expect(try tables.entries("1.0.documents").count == users)
        let after = try? Data(contentsOf: URL(fileURLWithPath: directory.path("views.state")))
        #expect(after == marker)
        #expect(!FileManager.default.fileExists(atPath: directory.path("scratch")))
    }

    @Test func verifyingTellsThatThereAreNoViews() async throws {
        let directory = TestDirectory()
        _ = try await damagedStore(directory)
        try FileManager.default.removeItem(atPath: directory.path("views"))
        let report = try verify(directory)
        #expect(report.differences.map(\.kind) == [.checkpoint])
        #expect(!FileManager.default.fileExists(atPath: directory.path("views")))
    }

    /// As a process leaves them that is killed between its two commits: no fault, and not repaired either.
    @Test func viewsBehindTheLogAreComparedWhereTheyAre() async throws {
        let directory = TestDirectory()
        var batch = LogBatch()
        for number in 1...3 {
            let draft = EventDraft(
                id: "\(number)", source: "/late", type: "of.noCollection", subject: "late/1",
                time: DateTime(milliseconds: StreamFixture.start), data: [:],
                requestKey: RequestKeys(key: Array(0..<32)).key(source: "/late", id: "\(number)"), requestDigest: .zero)
            try batch.add(
                draft, position: UInt64(Self.events + number),
                recordedTime: DateTime(milliseconds: StreamFixture.start), streamVersion: UInt64(number))
        }
        try await fill(directory, untold: batch)
        let report = try verify(directory)
        #expect(report.isSound, "\(report.differences.prefix(3))")
        #expect(report.viewsPosition == UInt64(Self.events) && report.position == UInt64(Self.events) + 3)
        let again = try StreamFixture.store(directory.path)
        #expect(again.openingReport.contains { $0.hasPrefix("views 3 events behind") })
        #expect(try again.verify(scratch: directory.path("scratch")).root == report.root)
        try again.close()
    }

    /// A log put back from an older copy is a finding, not an error.
    @Test func verifyingTellsARollback() async throws {
        let directory = TestDirectory()
        let tables = try await damagedStore(directory)
        let last = try #require(try tables.entries("records", in: .log).last)
        try tables.put("records", last.key, nil, in: .log)
        let report = try verify(directory)
        #expect(report.differences.map(\.kind) == [.log] && report.differences.first?.key == "\(Self.events)")
    }

    @Test func verifyingNeedsAStoreOfItsOwn() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        #expect {
            _ = try verify(directory)
        } throws: { error in
            guard case StoreError.inUse = error else { return false }
            return true
        }
        try store.close()
    }

    @Test func viewsOfAnotherLogAreNotTrusted() async throws {
        let directory = TestDirectory()
        let other = TestDirectory()
        for (path, seed) in [(directory.path, UInt64(6)), (other.path, 7)] {
            let store = try StreamFixture.store(path)
            _ = try await StreamFixture.append(
                try StreamFixture.events(seed: seed, count: 300, users: 20), to: store, window: 50)
            try store.close()
        }
        try FileManager.default.removeItem(atPath: directory.path("views"))
        try FileManager.default.moveItem(atPath: other.path("views"), toPath: directory.path("views"))
        try FileManager.default.removeItem(atPath: directory.path("views.state"))
        try FileManager.default.moveItem(atPath: other.path("views.state"), toPath: directory.path("views.state"))
        let store = try StreamFixture.store(directory.path)
        #expect(store.openingReport.contains { $0.contains("is not of this log") })
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }
}
