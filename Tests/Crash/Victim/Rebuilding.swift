import Annals
import Glibc
import LMDB
import Views

extension Victim {
    /// Folds all views anew, over and over, while lines are appended: with "resumed NAME POSITION" for each view that the life
    /// before had folded so far, "rebuilding" once one is folded so far, and "rebuilt NAME STATE" for each that ended.
    static func rebuild(_ store: Store, _ lines: [ArraySlice<UInt8>], from first: Int) throws {
        for model in store.catalogue.collections {
            let progress = try store.views.slotProgress(of: model, in: store.views.beginRead())
            guard let progress, progress.purpose != .served, progress.position > 0 else { continue }
            tell("resumed \(model.name) \(progress.position)")
        }
        try store.rebuilds.resume()
        var isTold = false
        var told: Set<String> = []
        var round = first
        for (index, line) in lines.enumerated() {
            store.submit([try event(line)]) { tell(first + index, $0) }
            usleep(2_000)
            for status in store.rebuilds.statuses where status.state.isOver && !told.contains(status.collection) {
                told.insert(status.collection)
                let differences = status.differences.prefix(3).map { "\($0)" }.joined(separator: "; ")
                tell("rebuilt \(status.collection) \(status.state) \(status.reason ?? differences)")
            }
            let isOver = store.rebuilds.statuses.allSatisfy { $0.state.isOver }
            if isOver {
                told = []
                try store.rebuilds.start([], round % 2 == 0 ? .toServe : .toServeIfEqual)
                round += 1
            }
            if !isTold, store.rebuilds.statuses.contains(where: { $0.state == .folding && $0.position > 0 }) {
                isTold = true
                tell("rebuilding")
            }
        }
        try store.close()
        tell("done")
    }
}
