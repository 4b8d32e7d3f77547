import EventLog
import Glibc
import Schema
public import Views
import LMDB

/// One view folded anew beside the one that serves, compared with it where asked, then let serve.
struct RebuildJob {
    let store: RebuiltStore
    let place: Int
    let purpose: SlotProgress.Purpose
    /// From the first event, whatever the slot holds.
    let isAnew: Bool
    /// Told how far it is; false: to stop.
    let tell: ((inout RebuildStatus) -> Void) -> Bool

    private var model: CollectionModel { store.views.catalogue.collections[place] }
    /// So many events are folded while appends wait.
    private static let mostWhilePaused: UInt64 = 50
    /// How long it folds at a time while events come; then it rests for twice as long, since who appends wants the cores
    /// as well. Where it falls behind so, it does neither.
    private static let (turn, longestRest) = (Duration.milliseconds(4), Duration.milliseconds(50))

    /// Returns once it serves, is ready, or was stopped.
    func run() throws {
        var fold = try SlotFold(store.views, store.log, place: place, purpose: purpose, anew: isAnew)
        guard try follow(&fold) else { return }
        if purpose == .toReview || purpose == .toServeIfEqual {
            let differences = try compare(&fold)
            guard purpose == .toServeIfEqual, differences.isEmpty else {
                if purpose == .toServeIfEqual { try store.views.emptyIdleSlot(place) }
                _ = tell { $0.state = purpose == .toReview ? .ready : .differs }
                return
            }
            guard try follow(&fold) else { return }
        }
        while try !serve(&fold) { guard try follow(&fold) else { return } }
        _ = tell { $0.state = .serves }
    }

    /// Folds until it is nearly where the views are. False: it was stopped.
    private func follow(_ fold: inout SlotFold) throws -> Bool {
        let clock = ContinuousClock()
        let (start, first) = (clock.now, fold.progress.position)
        var (last, left) = (try position(), UInt64.max)
        var gainsGround = true
        while true {
            let through = try position()
            let (givesWay, began) = (through > last && gainsGround, clock.now)
            try fold.run(through: through, for: givesWay ? Self.turn : nil)
            let taken = began.duration(to: clock.now)
            let reached = fold.progress.position
            gainsGround = through - reached < left
            (last, left) = (through, through - reached)
            let seconds = start.duration(to: clock.now) / .seconds(1)
            let goesOn = tell { status in
                status.state = .folding
                status.position = reached
                status.through = through
                status.secondsLeft =
                    reached > first ? seconds / Double(reached - first) * Double(through - reached) : nil
            }
            guard goesOn else { return false }
            if left <= Self.mostWhilePaused { return true }
            if givesWay { rest(min(taken * 2, Self.longestRest)) }
        }
    }

    private func rest(_ time: Duration) { usleep(UInt32(clamping: time.components.attoseconds / 1_000_000_000_000)) }

    private func position() throws -> UInt64 { try store.views.checkpoint(in: store.views.beginRead()).position }

    /// While nothing is appended. False: too much is left for that.
    private func catchUp(_ fold: inout SlotFold) throws -> Bool {
        let through = try position()
        while fold.progress.position < through {
            // Asked again each time: an erasure makes it begin anew.
            guard through - fold.progress.position <= Self.mostWhilePaused * 10 else { return false }
            try fold.run(through: through)
        }
        return true
    }

    private func serve(_ fold: inout SlotFold) throws -> Bool {
        try store.sequencer.whilePaused { try catchUp(&fold) && fold.serve() }
    }

    /// The documents of both slots at one position.
    private func compare(_ fold: inout SlotFold) throws -> [Difference] {
        while true {
            var comparison: SlotComparison?
            // Snapshots of one position are taken in the pause, and read after it.
            try store.sequencer.whilePaused {
                if try catchUp(&fold) { comparison = try SlotComparison.take(store.views, place) }
            }
            guard let comparison = comparison.take() else {
                guard try follow(&fold) else { return [] }
                continue
            }
            _ = tell { $0.state = .comparing }
            let (position, differences) = (comparison.position, try comparison.differences())
            _ = tell { status in
                status.differences = differences
                status.comparedAt = position
            }
            return differences
        }
    }
}

/// What a rebuild needs of a store.
struct RebuiltStore: Sendable {
    let log: EventLog
    let views: ViewStore
    let sequencer: Sequencer
}
