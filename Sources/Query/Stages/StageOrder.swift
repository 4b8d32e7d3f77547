internal import BSON

/// Moves conditions forward, where they mean the same there: the sooner a document is dropped the less it costs.
enum StageOrder {
    static func optimized(_ stages: [Stage]) -> [Stage] { withKeptCounts(withEarlyMatches(stages)) }

    private static func withEarlyMatches(_ stages: [Stage]) -> [Stage] {
        var result: [Stage] = []
        for stage in stages {
            var place = result.count
            if case .match(let filter) = stage.work, let paths = filter.readPaths {
                var earlier = place
                while earlier > 0, result[earlier - 1].letsPass(paths) {
                    earlier -= 1
                    // Beside another condition it stays behind it.
                    if case .match = result[earlier].work { continue }
                    place = earlier
                }
            }
            result.insert(stage, at: place)
        }
        return result
    }

    /// A sort that a limit follows keeps no more than that, whatever stands between them without changing the number.
    private static func withKeptCounts(_ stages: [Stage]) -> [Stage] {
        var stages = stages
        for place in stages.indices {
            guard case .sort(let sort, _) = stages[place].work else { continue }
            var skipped = 0
            for next in stages[(place + 1)...] {
                if case .skip(let count) = next.work {
                    skipped = skipped.addingReportingOverflow(count).overflow ? .max : skipped + count
                    continue
                }
                if case .limit(let count) = next.work {
                    let kept = skipped.addingReportingOverflow(count)
                    if !kept.overflow { stages[place].work = .sort(sort, kept: kept.partialValue) }
                }
                guard next.keepsCount else { break }
            }
        }
        return stages
    }
}

extension Stage {
    /// As many documents leave it as come, in the same order.
    fileprivate var keepsCount: Bool {
        switch work {
        case .reshape, .replaceRoot, .lookup, .graphLookup: true
        default: false
        }
    }

    /// Whether a condition on these paths is fulfilled before the stage where it is behind it.
    fileprivate func letsPass(_ paths: Set<String>) -> Bool {
        let names = Set(paths.map(StageParser.top))
        switch work {
        case .match, .when: return true
        case .sort(_, let kept): return kept == nil
        case .unwind(let unwind):
            return !names.contains(unwind.path[0]) && unwind.indexName.map { !names.contains($0) } ?? true
        case .lookup(let lookup): return lookup.result.leavesAlone(names)
        case .graphLookup(let lookup): return lookup.result.leavesAlone(names)
        case .reshape(let reshape): return reshape.leavesAlone(names)
        default: return false
        }
    }
}

extension Reshape {
    /// Whether fields come through as they are.
    fileprivate func leavesAlone(_ names: Set<String>) -> Bool {
        names.allSatisfy { name in
            let entry = root.rules.first { $0.name.elementsEqual(name.utf8) }
            guard let entry else { return !isInclusion }
            if case .keep = entry.rule { return true }
            return false
        }
    }
}
