import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Testing

/// An export makes an equal log, or lets one go on; a bad line changes nothing.
@Suite struct VerbatimTests {
    private func exported(
        _ directory: String, from: UInt64 = 1, through: UInt64? = nil, withKeys: Bool = false
    ) throws -> [[UInt8]] {
        var text: [UInt8] = []
        try Store.export(
            directory: directory, from: from, through: through, withKeys: withKeys, options: options()
        ) { text += $0 }
        return text.split(separator: 0x0A).map { Array($0) }
    }

    private func options(seed: UInt64 = 1) -> StoreOptions { StreamFixture.options(seed: seed) }

    private func imported(
        _ lines: [[UInt8]], _ directory: String, _ mode: VerbatimImport.Mode, master: MasterKeySource = .inDirectory
    ) throws -> VerbatimReport {
        var options = options(seed: 5)
        options.masterKey = master
        let work = try VerbatimImport(
            "test", into: directory, mode: mode, collections: allCollections, options: options)
        do throws(StoreError) {
            for line in lines {
                try line.withUnsafeBufferPointer { (line) throws(StoreError) in
                    try work.add(UnsafeRawBufferPointer(line))
                }
            }
            return try work.finish()
        } catch {
            work.abandon()
            throw error
        }
    }

    /// A closed store, with somebody erased in it, and its root.
    private func filled(
        _ directory: String, seed: UInt64, count: Int = 600, origin: UInt64 = 1
    ) async throws -> Digest32 {
        let store = try StreamFixture.store(directory, options(seed: origin))
        let refused = try await StreamFixture.append(
            StreamFixture.events(seed: seed, count: count), to: store, window: 100)
        #expect(refused.isEmpty, "\(refused.prefix(2))")
        let root = try store.logHead().root
        try store.close()
        return root
    }

    private func master(_ directory: String) throws -> MasterKeySource {
        .given(MasterKey(Array(try Data(contentsOf: URL(fileURLWithPath: directory + "/keys/master")))))
    }

    /// A closed store of some events and a user, its root and the user.
    private func withUser(_ directory: String, after count: Int) async throws -> (Digest32, ObjectID) {
        let store = try StreamFixture.store(directory)
        let events = try StreamFixture.events(seed: 82, count: count)
        #expect(try await StreamFixture.append(events, to: store, window: 100).isEmpty)
        let user = try #require(try await store.append(BackupFixture.user(1)).documentID)
        let root = try store.logHead().root
        try store.close()
        return (root, user)
    }

    /// - Returns: the root after that.
    private func erased(_ user: ObjectID, _ source: String) async throws -> Digest32 {
        let again = try StreamFixture.store(source)
        _ = try await again.append(
            NewEvent(
                id: "erase", source: "/test", type: "user.erased",
                time: DateTime(milliseconds: StreamFixture.start + 600 * 86_400_000), data: ["userId": .objectID(user)])
        )
        let root = try again.logHead().root
        try again.close()
        return root
    }

    @Test func withKeysItIsEqualInLogAndViews() async throws {
        let directory = TestDirectory()
        let source = directory.path("source")
        let root = try await filled(source, seed: 81)
        let lines = try exported(source, withKeys: true)
        let key = try master(source)
        let report = try imported(lines, directory.path("copy"), .build, master: key)
        #expect(report.root == root && report.position == 600 && report.newEvents == 600 && report.hasKeys)
        var options = options()
        options.masterKey = key
        let copy = try StreamFixture.store(directory.path("copy"), options)
        let original = try StreamFixture.store(source)
        #expect(copy.log.identity == original.log.identity)
        #expect(try Verification(live: copy.views, replayed: original.views).differences().isEmpty)
        for store in [copy, original] { try store.close() }
    }

    @Test func withoutKeysWhatIsPersonalReadsAsErased() async throws {
        let directory = TestDirectory()
        let (root, user) = try await withUser(directory.path("source"), after: 0)
        let lines = try exported(directory.path("source"))
        #expect(!lines.contains { String(decoding: $0, as: UTF8.self).contains("Person 1") })
        let report = try imported(lines, directory.path("copy"), .build)
        #expect(report.root == root && !report.hasKeys)
        let copy = try StreamFixture.store(directory.path("copy"))
        #expect(try copy.document("users", id: user)?["name"] == "[erased]")
        // It goes on by itself.
        _ = try await copy.append(BackupFixture.user(2))
        #expect(try StreamFixture.differences(copy, scratch: directory.path("scratch")).isEmpty)
        try copy.close()
    }

    @Test func aLogThatIsThereGoesOn() async throws {
        let directory = TestDirectory()
        let source = directory.path("source")
        let (_, user) = try await withUser(source, after: 400)
        let key = try master(source)
        let copy = directory.path("copy")
        _ = try imported(try exported(source, through: 300, withKeys: true), copy, .build, master: key)
        // On the other side somebody is erased, whose key came along.
        let root = try await erased(user, source)
        for (from, withKeys) in [(301 as UInt64, true), (120, false), (1, true)] {
            let lines = try exported(source, from: from, withKeys: withKeys)
            for mode in [VerbatimImport.Mode.tryGoingOn, .goOn] {
                let report = try imported(lines, copy, mode, master: key)
                #expect(report.root == root && report.position == 402)
                #expect(report.newEvents == (from == 301 ? 102 : 0))
            }
        }
        // A gap is no continuation.
        let short = directory.path("short")
        _ = try imported(try exported(source, through: 100, withKeys: true), short, .build, master: key)
        #expect { try imported(try exported(source, from: 102), short, .tryGoingOn, master: key) } throws: {
            if case StoreError.backup(.damaged) = $0 { true } else { false }
        }
        var options = options()
        options.masterKey = key
        let gone = try StreamFixture.store(copy, options)
        #expect(try gone.document("users", id: user)?["name"] == "[erased]")
        let original = try StreamFixture.store(source)
        #expect(try Verification(live: gone.views, replayed: original.views).differences().isEmpty)
        for store in [gone, original] { try store.close() }
    }

    @Test func anotherHistoryIsRefused() async throws {
        let directory = TestDirectory()
        _ = try await filled(directory.path("a"), seed: 83, count: 50)
        _ = try await filled(directory.path("b"), seed: 84, count: 50, origin: 7)
        let lines = try exported(directory.path("a"))
        #expect { try imported(lines, directory.path("b"), .tryGoingOn) } throws: {
            if case StoreError.backup(.otherLog) = $0 { true } else { false }
        }
        #expect { try imported(lines, directory.path("b"), .build) } throws: {
            if case StoreError.backup(.notEmpty) = $0 { true } else { false }
        }
    }

    /// Lines left out, swapped, repeated, changed or cut: all are refused, and nothing is made.
    @Test func badLinesChangeNothing() async throws {
        let directory = TestDirectory()
        _ = try await filled(directory.path("source"), seed: 85, count: 40)
        let lines = try exported(directory.path("source"))
        var random = SeededNumbers(seed: 86)
        var bad: [(String, [[UInt8]])] = [
            ("nothing", []), ("no head", Array(lines.dropFirst())), ("cut", Array(lines.dropLast())),
            ("more", lines + [lines[5]]), ("two heads", [lines[0]] + lines), ("no JSON", lines + [Array("{".utf8)]),
            ("twice", lines + lines),
        ]
        for index in 1..<lines.count {
            var missing = lines
            missing.remove(at: index)
            bad.append(("without line \(index)", missing))
            if index > 1 {
                var swapped = lines
                swapped.swapAt(index - 1, index)
                bad.append(("lines \(index - 1) and \(index) swapped", swapped))
            }
            var flipped = lines
            // Of the record's bytes, not of the members beside them, which are for people.
            let start = flipped[index].count - 2 - Int.random(in: 4..<200, using: &random)
            flipped[index][start] = flipped[index][start] == 0x41 ? 0x42 : 0x41
            bad.append(("line \(index) changed", flipped))
        }
        for (what, lines) in bad {
            do {
                _ = try imported(lines, directory.path("target"), .build)
                Issue.record("\(what): it was taken")
            } catch {
                guard case StoreError.backup = error else {
                    Issue.record("\(what): \(error)")
                    continue
                }
            }
            #expect(!FileManager.default.fileExists(atPath: directory.path("target")), "\(what)")
            #expect(!FileManager.default.fileExists(atPath: directory.path("target.restoring")), "\(what)")
        }
    }
}
