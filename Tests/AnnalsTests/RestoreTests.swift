import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Proofs
import Schema
import Testing
import Views

/// What is restored to any position is the log up to there, and the views are what a replay to there makes them.
@Suite struct RestoreTests {
    private static let count = 2_500
    /// Positions whose views are compared too; `ANNALS_RESTORES=100` for more.
    private static let wholes = ProcessInfo.processInfo.environment["ANNALS_RESTORES"].flatMap { Int($0) } ?? 6

    @Test func aHundredPositionsHaveTheirRoots() async throws {
        let seed: UInt64 = 51
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        try await BackupFixture.fill(store, clock, seed: seed, count: Self.count)
        let made = try store.backUp(to: directory.path("backup"), BackupFixture.small)
        #expect(made.manifest.position == UInt64(Self.count) && made.manifest.segments.count > 10)
        var random = SeededNumbers(seed: seed)
        let positions = Set((0..<100).map { _ in UInt64.random(in: 1...made.manifest.position, using: &random) })
            .sorted()
        let reader = try BackupReader(directory.path("backup"))
        for position in positions {
            let survey = try reader.survey(.position(position))
            let root = try BackupFixture.root(store, position)
            #expect(survey.position == position && survey.root == root, "seed \(seed), position \(position)")
            let target = directory.path("log-\(position)")
            let restorer = BackupRestorer(reader, survey)
            let identity = restorer.identity(startsNewLog: false, .seeded(position))
            #expect(identity.origin != store.log.origin || position == made.manifest.position)
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            try restorer.restoreLog(
                to: target, identity: identity, options: store.options.log, clock: store.options.clock)
            let log = try EventLog(
                directory: target + "/log", highWaterPath: target + "/high-water", options: store.options.log)
            #expect(log.head.position == position && log.identity == identity)
            #expect(try log.snapshot().root(size: position) == root)
            #expect(log.highWaterMark == log.head.mark)
        }
        try wholeStores(positions.shuffled(using: &random).prefix(Self.wholes).sorted(), store, directory, clock)
        try store.close()
    }

    private func wholeStores(
        _ positions: [UInt64], _ store: Store, _ directory: TestDirectory, _ clock: ManualClock
    ) throws {
        let replayed = try ViewStore(
            directory: directory.path("scratch"), catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        try replayed.place(store.catalogue.collections)
        let replay = Replay(store: replayed, log: store.log)
        for position in positions {
            let target = directory.path("store-\(position)")
            let report = try Store.restore(
                directory.path("backup"), to: target, .position(position), collections: allCollections,
                options: BackupFixture.options(clock, seed: position))
            #expect(report.survey.root == (try BackupFixture.root(store, position)))
            try replay.catchUp(through: position)
            let restored = try StreamFixture.store(target, BackupFixture.options(clock, seed: position))
            #expect(!restored.openingReport.contains { $0.contains("views") }, "\(restored.openingReport)")
            let differences = try Verification(live: restored.views, replayed: replayed).differences()
            #expect(differences.isEmpty, "position \(position): \(differences.prefix(3))")
            let roots = try replayed.snapshot().roots()
            #expect(try restored.roots() == roots && roots.position == position)
            try restored.close()
            try FileManager.default.removeItem(atPath: target)
        }
    }

    @Test func momentsArePositions() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        try await BackupFixture.fill(store, clock, seed: 52, count: 600)
        _ = try store.backUp(to: directory.path("backup"), BackupFixture.small)
        let reader = try BackupReader(directory.path("backup"))
        for minute in 0..<6 {
            let moment = StreamFixture.start + Int64(minute) * BackupFixture.minute
            for within in [0, BackupFixture.minute - 1] {
                let survey = try reader.survey(.moment(DateTime(milliseconds: moment + within)))
                #expect(survey.position == UInt64(minute + 1) * 100)
                #expect(survey.root == (try BackupFixture.root(store, survey.position)))
                #expect(survey.time.milliseconds == moment)
            }
        }
        let before = DateTime(milliseconds: StreamFixture.start - 1)
        #expect { try reader.survey(.moment(before)) } throws: {
            if case BackupError.beforeStart = $0 { true } else { false }
        }
        for asked: UInt64 in [0, 601] {
            #expect { try reader.survey(.position(asked)) } throws: {
                if case BackupError.beyondEnd(asked, 600) = $0 { true } else { false }
            }
        }
        try store.close()
    }

    @Test func restoredToItsEndItIsTheSameLogAndGoesOn() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        try await BackupFixture.fill(store, clock, seed: 53, count: 700)
        let first = try await store.append(BackupFixture.user(1))
        _ = try store.backUp(to: backup, BackupFixture.small)
        let (origin, root) = (store.log.origin, try store.logHead().root)
        try store.close()

        let target = directory.path("again")
        let report = try Store.restore(
            backup, to: target, collections: allCollections, options: BackupFixture.options(clock))
        #expect(report.identity == LogIdentity(origin: origin) && report.survey.isWhole)
        try await goOn(target, backup, clock, root: root, first)
        let verified = try Store.verify(
            directory: target, collections: allCollections, options: BackupFixture.options(clock),
            scratch: directory.path("scratch"))
        #expect(verified.isSound && verified.position == 702)
        // Nothing is made where something is.
        #expect { try restore(backup, target, clock) } throws: { isNotEmpty($0) }
        try FileManager.default.createDirectory(
            atPath: directory.path("third.restoring/mine"), withIntermediateDirectories: true)
        #expect { try restore(backup, directory.path("third"), clock) } throws: { isNotEmpty($0) }
    }

    private func goOn(
        _ target: String, _ backup: String, _ clock: ManualClock, root: Digest32, _ first: Receipt
    ) async throws {
        let again = try StreamFixture.store(target, BackupFixture.options(clock, seed: 2))
        let head = try again.logHead()
        #expect(head.size == 701 && head.root == root)
        // What was accepted before is known again: the key of request hashes came along.
        let repeated = try await again.append(BackupFixture.user(1))
        #expect(repeated.wasThere && repeated.position == first.position)
        _ = try await again.append(BackupFixture.user(2))
        // And the backup goes on with it.
        let next = try again.backUp(to: backup, BackupFixture.small)
        #expect(next.newEvents == 1 && next.manifest.generation == 2)
        try again.close()
    }

    private func restore(_ backup: String, _ target: String, _ clock: ManualClock) throws {
        _ = try Store.restore(backup, to: target, collections: allCollections, options: BackupFixture.options(clock))
    }

    private func isNotEmpty(_ error: any Error) -> Bool {
        if case StoreError.backup(.notEmpty) = error { true } else { false }
    }

    @Test func restoredToAnEarlierPositionItIsALogOfItsOwn() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        try await BackupFixture.fill(store, clock, seed: 54, count: 300)
        let signed = try store.checkpoint()
        try await BackupFixture.fill(store, clock, seed: 54, skipping: 300, count: 100)
        var options = BackupFixture.small
        options.includesSigningKey = true
        _ = try store.backUp(to: backup, options)
        let key = try store.signingKey()
        let origin = store.log.origin
        let root = try BackupFixture.root(store, 250)
        try store.close()

        let target = directory.path("fork")
        let report = try Store.restore(
            backup, to: target, .position(250), collections: allCollections,
            options: BackupFixture.options(clock, seed: 9))
        let ancestor = LogAncestor(origin: origin, position: 250, root: root, name: key.name)
        #expect(report.identity.ancestors == [ancestor] && report.identity.origin != origin)
        try await tryFork(target, directory, report, key)
        let verified = try Store.verify(
            directory: target, collections: allCollections, options: BackupFixture.options(clock),
            scratch: directory.path("scratch"))
        #expect(verified.isSound && verified.checkpoints == 1)
        // What was signed of the old log beyond the fork does not hold for it.
        let against = try Store.verify(
            directory: target, collections: allCollections, options: BackupFixture.options(clock),
            scratch: directory.path("scratch"), against: [signed], key: key)
        #expect(against.differences.contains { $0.key == "300" && $0.live == "the log ends at 251" })

        // The key of the old log does not sign for the new one.
        for name in ["log-signing", "log-signing.pub"] {
            try? FileManager.default.removeItem(atPath: target + "/keys/" + name)
            try FileManager.default.copyItem(
                atPath: directory.path("store/keys/") + name, toPath: target + "/keys/" + name)
        }
        try signingIsRefused(target, clock)

        // A fork of the fork names both.
        let second = try Store.restore(
            directory.path("backup-of-fork"), to: directory.path("second"), startsNewLog: true,
            collections: allCollections, options: BackupFixture.options(clock, seed: 10))
        #expect(second.identity.ancestors.map(\.origin) == [origin, report.identity.origin])
        #expect(second.identity.ancestors.last?.position == 251)
    }

    private func tryFork(
        _ target: String, _ directory: TestDirectory, _ report: RestoreReport, _ key: NoteKey
    ) async throws {
        let clock = ManualClock(milliseconds: StreamFixture.start + 60 * BackupFixture.minute)
        let backup = directory.path("backup")
        let fork = try StreamFixture.store(target, BackupFixture.options(clock, seed: 9))
        #expect(fork.log.identity == report.identity)
        let note = try fork.checkpoint()
        let checkpoint = try LogCheckpoint(note)
        #expect(checkpoint.origin == "annals/\(report.identity.origin)")
        #expect(checkpoint.extensions.count == 1)
        #expect(checkpoint.extensions.first?.hasPrefix("continues \(key.name) 250 ") == true)
        _ = try await fork.append(BackupFixture.user(1))
        // It is no longer the backup's log.
        #expect { try fork.backUp(to: backup) } throws: {
            if case StoreError.backup(.otherLog) = $0 { true } else { false }
        }
        _ = try fork.backUp(to: directory.path("backup-of-fork"))
        try fork.close()
    }

    private func signingIsRefused(_ target: String, _ clock: ManualClock) throws {
        let withOldKey = try StreamFixture.store(target, BackupFixture.options(clock, seed: 9))
        #expect { try withOldKey.checkpoint() } throws: { if case CheckpointError.key = $0 { true } else { false } }
        try withOldKey.close()
    }

    /// Views that were taken along serve as they are at the end, and nowhere else; the next backup has them only if asked.
    @Test func viewsTakenAlong() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        try await BackupFixture.fill(store, clock, seed: 57, count: 400)
        _ = try await store.append(BackupFixture.user(1))
        var options = BackupFixture.small
        options.includesViews = true
        #expect(try store.backUp(to: backup, options).manifest.hasViews)
        for (point, name) in [(RestorePoint.end, "end"), (.position(300), "earlier")] {
            let target = directory.path(name)
            let report = try Store.restore(
                backup, to: target, point, collections: allCollections, options: BackupFixture.options(clock))
            #expect(report.tookViews == (point == .end))
            let restored = try StreamFixture.store(target, BackupFixture.options(clock, seed: 4))
            #expect(!restored.openingReport.contains { $0.contains("views") }, "\(restored.openingReport)")
            #expect(try StreamFixture.differences(restored, scratch: directory.path("scratch")).isEmpty)
            try FileManager.default.removeItem(atPath: directory.path("scratch"))
            // They can be written.
            _ = try await restored.append(BackupFixture.user(2))
            try restored.close()
        }
        func saysWho() throws -> Bool {
            try BackupFixture.files(backup).contains { Data($0.value).range(of: Data("Person 1 of the".utf8)) != nil }
        }
        #expect(try saysWho())
        #expect(try !store.backUp(to: backup, BackupFixture.small).manifest.hasViews)
        #expect(try !saysWho())
        try store.close()
    }

    @Test func withoutTheMasterKeyItTakesOne() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        _ = try await store.append(BackupFixture.user(1))
        var options = BackupOptions()
        options.leavesMasterKeyOut = true
        #expect(try store.backUp(to: backup, options).manifest.masterKey == .leftOut)
        try store.close()
        let master = try Data(contentsOf: URL(fileURLWithPath: directory.path("store/keys/master")))
        for (name, bytes) in try BackupFixture.files(backup) {
            #expect(Data(bytes).range(of: master) == nil, "\(name)")
        }
        #expect { try restore(backup, directory.path("a"), clock) } throws: {
            if case StoreError.backup(.noMasterKey) = $0 { true } else { false }
        }
        var wrong = BackupFixture.options(clock)
        wrong.masterKey = .given(MasterKey([UInt8](repeating: 7, count: 32)))
        #expect {
            try Store.restore(backup, to: directory.path("a"), collections: allCollections, options: wrong)
        } throws: { if case StoreError.keys(.wrongMasterKey) = $0 { true } else { false } }
        #expect(!FileManager.default.fileExists(atPath: directory.path("a")))
        #expect(!FileManager.default.fileExists(atPath: directory.path("a.restoring")))
        var right = BackupFixture.options(clock)
        right.masterKey = .given(MasterKey(Array(master)))
        _ = try Store.restore(backup, to: directory.path("a"), collections: allCollections, options: right)
        let restored = try StreamFixture.store(directory.path("a"), right)
        #expect(try names(restored) == ["Person 1 of the backup"])
        try restored.close()
    }

    private func names(_ store: Store) throws -> [String] {
        var names: [String] = []
        try store.snapshot().forEachDocument(store.collection("users")) { (_, document) throws(Never) in
            names.append(document["name"]?.string ?? "")
            return true
        }
        return names
    }
}
