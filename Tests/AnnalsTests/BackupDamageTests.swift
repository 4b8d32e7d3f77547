import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Testing

/// No byte of a backup can be another one, missing or too many without a restore saying so, and making nothing.
@Suite struct BackupDamageTests {
    /// Flips of one bit; more with `ANNALS_FLIPS=10000`.
    private static let flips = ProcessInfo.processInfo.environment["ANNALS_FLIPS"].flatMap { Int($0) } ?? 400

    private func backup(_ directory: TestDirectory) async throws -> String {
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        try await BackupFixture.fill(store, clock, seed: 71, count: 250)
        _ = try store.checkpoint()
        _ = try await store.append(BackupFixture.user(1))
        var options = BackupFixture.small
        options.includesSigningKey = true
        options.segmentBytes = 64 << 10
        let report = try store.backUp(to: directory.path("backup"), options)
        #expect(report.manifest.segments.count > 1 && report.manifest.checkpoint != nil)
        #expect(Set(report.manifest.files.map(\.name)).isSuperset(of: ["keys/ring", "keys/requests", "keys/master"]))
        try store.close()
        return directory.path("backup")
    }

    private func isFound(_ backup: String, _ what: String) {
        do throws(BackupError) {
            _ = try BackupReader(backup).survey()
            Issue.record("\(what) was not found")
        } catch {
            switch error {
            case .damaged, .unknownFormat, .missing, .notEqual: break
            default: Issue.record("\(what): \(error)")
            }
        }
    }

    @Test func flippedBits() async throws {
        let seed: UInt64 = 72
        let directory = TestDirectory()
        let backup = try await backup(directory)
        _ = try BackupReader(backup).survey()
        var files = try BackupFixture.files(backup)
        files["LOCK"] = nil
        var random = SeededNumbers(seed: seed)
        func flip(_ name: String, _ offset: Int) throws {
            let bit = UInt8.random(in: 0..<8, using: &random)
            var bytes = files[name] ?? []
            bytes[offset] ^= 1 << bit
            try Data(bytes).write(to: URL(fileURLWithPath: backup + "/" + name))
            isFound(backup, "seed \(seed): bit \(bit) of byte \(offset) of \(name)")
        }
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            // Every byte of the manifest; of the others the first, the last, and some.
            let offsets =
                name == "manifest.json"
                ? Array(bytes.indices)
                : [0, bytes.count - 1]
                    + (0..<(Self.flips / files.count)).map { _ in Int.random(in: bytes.indices, using: &random) }
            for offset in offsets { try flip(name, offset) }
            try Data(bytes).write(to: URL(fileURLWithPath: backup + "/" + name))
        }
        _ = try BackupReader(backup).survey()
    }

    @Test func filesCutGrownOrGone() async throws {
        let directory = TestDirectory()
        let backup = try await backup(directory)
        var files = try BackupFixture.files(backup)
        files["LOCK"] = nil
        for (name, bytes) in files {
            let file = URL(fileURLWithPath: backup + "/" + name)
            for changed in [Array(bytes.dropLast()), bytes + [0], []] {
                try Data(changed).write(to: file)
                isFound(backup, "\(name) of \(changed.count) bytes in place of \(bytes.count)")
            }
            try FileManager.default.removeItem(at: file)
            isFound(backup, "\(name) missing")
            try Data(bytes).write(to: file)
        }
        // One file in the place of another.
        let segments = files.keys.filter { $0.hasPrefix("segments/") }.sorted()
        try Data(files[segments[1]] ?? []).write(to: URL(fileURLWithPath: backup + "/" + segments[0]))
        isFound(backup, "a segment in the place of another")
    }

    @Test func nothingIsMadeOfADamagedBackup() async throws {
        let directory = TestDirectory()
        let backup = try await backup(directory)
        let name = try #require(BackupFixture.files(backup).keys.filter { $0.hasPrefix("segments/") }.max())
        let file = URL(fileURLWithPath: backup + "/" + name)
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: file)
        let clock = ManualClock(milliseconds: StreamFixture.start)
        // Also where what is asked for lies before the damage.
        for point in [RestorePoint.end, .position(1)] {
            #expect {
                try Store.restore(
                    backup, to: directory.path("target"), point, collections: allCollections,
                    options: BackupFixture.options(clock))
            } throws: { if case StoreError.backup(.damaged) = $0 { true } else { false } }
        }
        #expect(!FileManager.default.fileExists(atPath: directory.path("target")))
        #expect(!FileManager.default.fileExists(atPath: directory.path("target.restoring")))
    }
}
