import Annals
import Foundation
import Projections
import Testing
import Views

/// A real process that folds all views anew while it appends, killed with SIGKILL again and again: the next goes on where it
/// was, the views that serve are the log's all the while, and what was folded in pieces by many lives is the same.
@Suite struct RebuildCrashTests {
    private static let kills =
        ProcessInfo.processInfo.environment["ANNALS_REBUILD_KILLS"].flatMap { Int($0) } ?? 12

    private static let events = 3_000

    @Test func itGoesOnAfterEveryKillAndEndsEqual() throws {
        let directory = CrashDirectory()
        let stream = try directory.makeStream(seed: CrashTests.seed, events: Self.events + Self.kills * 400)
        try fill(directory, stream, count: Self.events)
        var random = SplitMix64(state: CrashTests.seed)
        var acked = Self.events
        var resumed = 0
        var rebuilt = 0
        for cycle in 1...Self.kills {
            try directory.write(stream, from: acked)
            // Most while one is folded, the others at any moment.
            let milestone: Cycle.Milestone = cycle % 4 == 0 ? .opened : .rebuilding
            let life = try Cycle.run(
                ["rebuild", directory.path("store"), directory.path("events"), String(acked)],
                killAfter: Int(random.next() % (milestone == .opened ? 800 : 150)), milestone)
            #expect(life.isTrusting, "cycle \(cycle): \(life.openingReport)")
            #expect(life.refused.isEmpty, "cycle \(cycle): \(life.refused.prefix(2))")
            #expect(life.rebuilt.allSatisfy { $0.contains(" serves") }, "cycle \(cycle): \(life.rebuilt)")
            acked += life.acked.count
            resumed += life.resumed.isEmpty ? 0 : 1
            rebuilt += life.rebuilt.count
            if cycle % 20 == 0 { try check(directory) }
        }
        // How many, hangs on how fast the machine folds: 42 of 100 on a free one.
        #expect(resumed * 20 >= Self.kills, "only \(resumed) of \(Self.kills) lives had something to go on with")
        try end(directory)
        try check(directory)
        print("rebuilds: \(Self.kills) kills, \(resumed) lives that went on, \(rebuilt) views folded, \(acked) events")
    }

    private func fill(_ directory: CrashDirectory, _ stream: CrashDirectory.Stream, count: Int) throws {
        try Data(stream.lines[..<count].joined()).write(to: URL(fileURLWithPath: directory.path("events")))
        let life = try Cycle.run(["load", directory.path("store"), directory.path("events"), "0"])
        #expect(life.isDone && life.acked.count == count)
    }

    /// Lets what is under way come to its end, then all views once more, compared with those that serve.
    private func end(_ directory: CrashDirectory) throws {
        let store = try directory.openStore()
        func wait(_ states: [RebuildStatus.State]) {
            while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) { usleep(10_000) }
            for status in store.rebuilds.statuses {
                #expect(states.contains(status.state), "\(status.collection): \(status.reason ?? "\(status.state)")")
            }
        }
        try store.rebuilds.resume()
        wait([.serves])
        try store.rebuilds.start([], .toServeIfEqual)
        wait([.serves])
        try store.close()
    }

    /// The views that serve are what a replay gives.
    private func check(_ directory: CrashDirectory) throws {
        let store = try directory.openStore()
        #expect(Cycle.isTrusting(store.openingReport), "\(store.openingReport)")
        try? FileManager.default.removeItem(atPath: directory.path("scratch"))
        let replayed = try ViewStore(
            directory: directory.path("scratch"), catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        try replayed.place(store.catalogue.collections)
        try Replay(store: replayed, log: store.log).catchUp()
        let differences =
            try Verification(live: store.views, replayed: replayed).differences()
            + IndexAudit(store.views).differences()
        #expect(differences.isEmpty, "\(differences.prefix(5))")
        #expect(try store.roots() == replayed.snapshot().roots())
        try store.close()
    }
}
