import Annals
import BSON
import EventGenerator
import EventLog
import Foundation
import LMDB
import Platform
import Projections
import Schema
import Testing
import Views

/// A real process under load, killed with SIGKILL again and again: what it answered is there, once, and the views are
/// what a replay gives.
@Suite struct CrashTests {
    static let start: Int64 = 1_704_067_200_000
    static let kills = ProcessInfo.processInfo.environment["ANNALS_KILLS"].flatMap { Int($0) } ?? 100
    static let seed = ProcessInfo.processInfo.environment["ANNALS_SEED"].flatMap { UInt64($0) } ?? 20_260_101

    @Test func whatWasAnsweredSurvivesEveryKill() throws {
        let directory = CrashDirectory()
        let stream = try directory.makeStream(seed: Self.seed, events: Self.kills * 300)
        let ids = stream.ids
        var acked: [Int: UInt64] = [:]
        var random = SplitMix64(state: Self.seed)
        var idleCycles = 0
        var wasOpen = false
        for cycle in 1...Self.kills {
            // On a busy machine most lives would end before they get to work, if all times counted from the opening.
            let milestone: Cycle.Milestone = cycle % 5 == 0 ? .started : cycle % 5 == 1 ? .opened : .answered
            let wait = Int(random.next() % (milestone == .started ? 60 : 120))
            let first = acked.count
            try directory.write(stream, from: first)
            let life = try Cycle.run(
                ["load", directory.path("store"), directory.path("events"), String(first)], killAfter: wait,
                milestone)
            if wasOpen { #expect(life.isTrusting, "cycle \(cycle): \(life.openingReport)") }
            wasOpen = wasOpen || life.opened
            #expect(life.refused.isEmpty, "cycle \(cycle): \(life.refused.prefix(3))")
            for (line, position) in life.acked {
                let before = acked.updateValue(position, forKey: line)
                #expect(before == nil || before == position, "cycle \(cycle): line \(line) moved")
            }
            if life.acked.isEmpty { idleCycles += 1 }
            try checkLog(directory, ids, life.acked, cycle)
            if cycle % 50 == 0 { try checkAll(directory, ids, acked) }
        }
        #expect(idleCycles < Self.kills / 2, "most cycles must get to work for the test to mean anything")
        try checkAll(directory, ids, acked)
        print("crash: \(Self.kills) kills, \(acked.count) events answered, \(idleCycles) cycles without one")
    }

    /// Every event answered in this life is in the log where the answer said.
    private func checkLog(_ directory: CrashDirectory, _ ids: [String], _ acked: [Int: UInt64], _ cycle: Int) throws {
        guard !acked.isEmpty else { return }
        let log = try directory.openLog()
        let snapshot = try log.snapshot()
        for (line, position) in acked {
            let record = try snapshot.record(at: position)
            #expect(record?.id == ids[line], "cycle \(cycle): line \(line) is not at \(position)")
        }
        try log.close()
    }

    /// Every answered event is there exactly once, and the views are the log's.
    private func checkAll(_ directory: CrashDirectory, _ ids: [String], _ acked: [Int: UInt64]) throws {
        let store = try directory.openStore()
        #expect(Cycle.isTrusting(store.openingReport), "\(store.openingReport)")
        var seen: [String: UInt64] = [:]
        let snapshot = try store.log.snapshot()
        try snapshot.read(from: 1, through: .max) { record throws(LogError) in
            #expect(seen.updateValue(record.position, forKey: record.id) == nil, "\(record.id) is there twice")
            return true
        }
        for (line, position) in acked { #expect(seen[ids[line]] == position) }
        // In the order of the file, without gaps: what is there without an answer is the end of the last life.
        #expect(seen.count >= acked.count && seen.count == Int(store.log.head.position))
        try? FileManager.default.removeItem(atPath: directory.path("scratch"))
        let replayed = try ViewStore(
            directory: directory.path("scratch"), catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        try replayed.place(store.catalogue.collections)
        try Replay(store: replayed, log: store.log).catchUp()
        let differences =
            try Verification(live: store.views, replayed: replayed).differences()
            + IndexAudit(store.views).differences()
        #expect(differences.isEmpty, "\(differences.prefix(5))")
        try store.close()
    }

    /// An answer before the flush would come sooner than the flush takes.
    @Test func noAnswerComesBeforeTheFlush() throws {
        let directory = CrashDirectory()
        _ = try directory.writeStream(seed: 1, events: 10)
        let life = try Cycle.run(["flush", directory.path("store"), directory.path("events")])
        #expect(life.milliseconds.count == 10)
        #expect(life.milliseconds.allSatisfy { $0 >= 40 }, "answered after \(life.milliseconds) ms, a flush takes 40")
    }

    /// A flush that fails stops the writer: the event's outcome is unknown, nothing is tried again, nothing more is
    /// taken; after a restart the store is sound.
    @Test func aFailedFlushStopsTheWriter() throws {
        let directory = CrashDirectory()
        let ids = try directory.writeStream(seed: 2, events: 20)
        let life = try Cycle.run(["fail", directory.path("store"), directory.path("events")])
        #expect(Set(life.acked.keys) == Set(0..<10))
        #expect(Set(life.refused.keys) == Set(10..<20))
        #expect(life.refused[10]?.contains("unknown") == true, "\(life.refused[10] ?? "")")
        // One flush for each event that was answered, the failed one, and no other.
        #expect(life.flushes == 11)
        try checkAll(directory, ids, life.acked)
    }
}
