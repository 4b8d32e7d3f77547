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

/// A backup grows by what is new, of its own log alone, and counts only when it is whole.
@Suite struct BackupTests {
    private func store(
        _ directory: TestDirectory, _ clock: ManualClock, _ name: String = "store", seed: UInt64 = 1
    ) throws -> Store {
        try StreamFixture.store(directory.path(name), BackupFixture.options(clock, seed: seed))
    }

    /// A store that nobody has open any more.
    private func leave(
        _ directory: TestDirectory, _ clock: ManualClock, _ body: (Store) async throws -> Void
    ) async throws {
        let store = try store(directory, clock)
        try await body(store)
        try store.close()
    }

    @Test func aSecondRunAddsWhatIsNew() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        let store = try store(directory, clock)
        let empty = try store.backUp(to: backup, BackupFixture.small)
        #expect(empty.manifest.position == 0 && empty.manifest.segments.isEmpty)
        try await BackupFixture.fill(store, clock, seed: 61, count: 900)
        let first = try store.backUp(to: backup, BackupFixture.small)
        let before = try BackupFixture.files(backup)
        try await BackupFixture.fill(store, clock, seed: 61, skipping: 900, count: 400)
        let second = try store.backUp(to: backup, BackupFixture.small)
        #expect(first.newEvents == 900 && second.newEvents == 400)
        // Full segments are as they were; the last one had room.
        let kept = first.manifest.segments.filter { $0.byteCount >= BackupFixture.small.segmentBytes / 4 * 3 }
        #expect(kept.count >= 3 && Array(second.manifest.segments.prefix(kept.count)) == kept)
        let after = try BackupFixture.files(backup)
        let same = before.filter { after[$0.key] == $0.value }.keys.filter { $0.hasPrefix("segments/") }
        #expect(same.count == kept.count)
        // Nothing else lies about.
        #expect(after.keys.filter { $0.hasPrefix("segments/") }.count == second.manifest.segments.count)
        #expect(after.keys.filter { $0.hasPrefix("keys/") }.allSatisfy { $0.hasSuffix(".3") })
        // Nothing new: the keys are made anew all the same.
        let third = try store.backUp(to: backup, BackupFixture.small)
        #expect(third.newEvents == 0 && third.manifest.segments == second.manifest.segments)
        #expect(third.manifest.generation == 4 && third.writtenBytes == 0)
        let survey = try BackupReader(backup).survey()
        #expect(survey.position == 1_300)
        #expect(survey.root == (try store.logHead().root))
        try store.close()
    }

    /// With the log alone, as with the views beside it.
    @Test func aDirectoryThatNobodyHasOpen() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        let root = Mutex<Digest32?>(nil)
        try await leave(directory, clock) { store in
            try await BackupFixture.fill(store, clock, seed: 63, count: 500)
            let head = try store.logHead().root
            root.withLock { $0 = head }
            _ = try store.backUp(to: backup, BackupFixture.small)
            #expect {
                try Store.backUp(directory: directory.path("store"), to: backup, options: BackupFixture.options(clock))
            } throws: { if case StoreError.inUse = $0 { true } else { false } }
            try await BackupFixture.fill(store, clock, seed: 63, skipping: 500, count: 100)
        }
        let views = try Data(contentsOf: URL(fileURLWithPath: directory.path("store/views.state")))
        let report = try Store.backUp(
            directory: directory.path("store"), to: backup, options: BackupFixture.options(clock), BackupFixture.small)
        #expect(report.newEvents == 100 && report.manifest.root != root.withLock { $0 })
        #expect(try BackupReader(backup).survey().position == 600)
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.path("store/views.state"))) == views)
    }

    @Test func appendsGoOnMeanwhile() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try store(directory, clock)
        try await BackupFixture.fill(store, clock, seed: 65, count: 1_000)
        let events = Array(try StreamFixture.events(seed: 65, count: 3_000).dropFirst(1_000))
        let isDone = Atomic<Bool>(false)
        let isBetween = Atomic<Bool>(false)
        async let appended: Void = {
            defer { isDone.store(true, ordering: .releasing) }
            for part in [events.prefix(1_000), events.dropFirst(1_000)] {
                let refused = try await StreamFixture.append(Array(part), to: store, window: 20)
                #expect(refused.isEmpty, "\(refused.prefix(2))")
                // On a busy machine all would be appended before the second backup begins.
                while !isBetween.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(5)) }
            }
        }()
        var reports: [BackupReport] = []
        let path = directory.path("backup")
        repeat {
            reports.append(
                try await Task.detached { try store.backUp(to: path, BackupFixture.small) }.value)
            let survey = try BackupReader(path).survey()
            #expect(survey.position == reports.last?.manifest.position)
            #expect(survey.root == (try BackupFixture.root(store, survey.position)))
            if survey.position > 1_000 { isBetween.store(true, ordering: .releasing) }
        } while !isDone.load(ordering: .acquiring)
        try await appended
        #expect(reports.count > 1 && reports.contains { (1_001..<3_000).contains($0.manifest.position) })
        try store.close()
    }

    @Test func anotherHistoryIsRefused() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        try await leave(directory, clock) { try await BackupFixture.fill($0, clock, seed: 67, count: 200) }
        // The same log twice, each going on by itself: what a restored disk image does.
        for name in ["log", "keys", "high-water"] {
            try FileManager.default.createDirectory(
                atPath: directory.path("twin"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: directory.path("store/\(name)"), toPath: directory.path("twin/\(name)"))
        }
        let store = try store(directory, clock)
        for number in 0..<5 { _ = try await store.append(BackupFixture.user(number)) }
        _ = try store.backUp(to: backup)
        let whole = try BackupFixture.files(backup)
        let twin = try self.store(directory, clock, "twin")
        _ = try await twin.append(BackupFixture.user(100))
        #expect { try twin.backUp(to: backup) } throws: {
            if case StoreError.backup(.logIsShorter(205, 201)) = $0 { true } else { false }
        }
        for number in 101..<110 { _ = try await twin.append(BackupFixture.user(number)) }
        #expect { try twin.backUp(to: backup) } throws: {
            if case StoreError.backup(.diverged(205, _, _)) = $0 { true } else { false }
        }
        let stranger = try self.store(directory, clock, "stranger", seed: 77)
        #expect { try stranger.backUp(to: backup) } throws: {
            if case StoreError.backup(.otherLog) = $0 { true } else { false }
        }
        #expect { try stranger.backUp(to: directory.path("store")) } throws: {
            if case StoreError.backup(.notEmpty) = $0 { true } else { false }
        }
        // Nor one that only looks like a backup's.
        let mine = directory.path("mine/keys")
        try FileManager.default.createDirectory(atPath: mine, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: mine + "/ring"))
        #expect { try stranger.backUp(to: directory.path("mine")) } throws: {
            if case StoreError.backup(.notEmpty) = $0 { true } else { false }
        }
        #expect(try BackupFixture.files(directory.path("mine")) == ["keys/ring": [1]])
        #expect(try BackupFixture.files(backup) == whole)
        for store in [store, twin, stranger] { try store.close() }
    }

    // MARK: What is cut short

    /// Every step of the file system fails once, or is the last one that is done: what counted before counts then, and the
    /// next run makes it whole.
    @Test func whatIsCutShortLeavesTheOlderBackup() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        try await leave(directory, clock) { store in
            try await BackupFixture.fill(store, clock, seed: 68, count: 300)
            _ = try store.backUp(to: backup, BackupFixture.small)
            try await BackupFixture.fill(store, clock, seed: 68, skipping: 300, count: 300)
        }
        let position: UInt64 = 600
        let source = directory.path("store")
        var steps = 0
        for allowed in 0... {
            let copy = directory.path("copy")
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: backup, toPath: copy)
            var options = BackupFixture.options(clock)
            options.fileSystem = Self.failing(after: allowed, below: copy)
            var isWhole = false
            do throws(StoreError) {
                _ = try Store.backUp(directory: source, to: copy, options: options, BackupFixture.small)
                isWhole = true
            } catch {
                guard case .backup(.file(let failed)) = error, failed.errno == EIO else { throw error }
            }
            let survey = try BackupReader(copy).survey()
            #expect(survey.position == 300 || survey.position == position, "after \(allowed) steps")
            if isWhole {
                steps = allowed
                #expect(survey.position == position)
                break
            }
            let next = try Store.backUp(
                directory: source, to: copy, options: BackupFixture.options(clock), BackupFixture.small)
            #expect(next.manifest.position == position)
            #expect(try BackupReader(copy).survey().position == position)
            #expect(try BackupFixture.files(copy).count == next.manifest.segments.count + next.manifest.files.count + 2)
        }
        #expect(steps > 20, "only \(steps) steps were made to fail")
    }

    /// All that writes below a directory fails once so many steps are done.
    private static func failing(after allowed: Int, below root: String) -> FileSystem {
        let count = Mutex(0)
        let system = FileSystem.system
        @Sendable func step(_ path: String) throws(FileError) {
            guard path.hasPrefix(root) else { return }
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number > allowed { throw FileError(operation: "write", path: path, errno: EIO) }
        }
        var fileSystem = system
        fileSystem.writeWhole = { (path: String, bytes: [UInt8]) throws(FileError) in
            try step(path)
            try system.writeWhole(path, bytes)
        }
        fileSystem.overwrite = { (path: String, offset: Int, bytes: [UInt8]) throws(FileError) in
            try step(path)
            try system.overwrite(path, offset, bytes)
        }
        fileSystem.rename = { (source: String, target: String) throws(FileError) in
            try step(source)
            try system.rename(source, target)
        }
        fileSystem.remove = { (path: String) throws(FileError) in
            try step(path)
            try system.remove(path)
        }
        fileSystem.synchronize = { (path: String) throws(FileError) in
            try step(path)
            try system.synchronize(path)
        }
        return fileSystem
    }

    /// Bytes that the device did not keep as they were given do not count.
    @Test func whatReadsBackOtherwiseDoesNotCount() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        try await leave(directory, clock) { try await BackupFixture.fill($0, clock, seed: 70, count: 200) }
        for part in ["segments", "keys"] {
            var options = BackupFixture.options(clock)
            let system = FileSystem.system
            let spoil: @Sendable (String, [UInt8]) -> [UInt8] = { path, bytes in
                guard path.contains("/backup/\(part)/"), !bytes.isEmpty else { return bytes }
                var bytes = bytes
                bytes[bytes.count / 2] ^= 0x10
                return bytes
            }
            options.fileSystem.writeWhole = { (path: String, bytes: [UInt8]) throws(FileError) in
                try system.writeWhole(path, spoil(path, bytes))
            }
            options.fileSystem.overwrite = { (path: String, offset: Int, bytes: [UInt8]) throws(FileError) in
                try system.overwrite(path, offset, spoil(path, bytes))
            }
            #expect {
                try Store.backUp(
                    directory: directory.path("store"), to: directory.path("backup"), options: options)
            } throws: { if case StoreError.backup(.damaged) = $0 { true } else { false } }
            #expect { try BackupReader(directory.path("backup")) } throws: {
                if case BackupError.missing = $0 { true } else { false }
            }
        }
    }
}
