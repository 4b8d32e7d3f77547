public import BSON
public import Platform
internal import Schema
public import Views

extension Aggregate {
    /// The plan by what is declared alone, in the shape of MongoDB's `explain`: that of a find where the find does all,
    /// else `stages`, the first of them `$cursor`.
    public func explain() throws(QueryError) -> Document {
        switch pipeline.source {
        case .find(let find):
            let plan = try find.explain()
            if pipeline.stages.isEmpty { return plan }
            return [
                "stages": .array(
                    [.document(["$cursor": .document(plan)])] + pipeline.stages.map { .document($0.shown) })
            ]
        case .documents(let documents):
            let first: Document = ["$queue": ["documents": .int64(Int64(documents.count))]]
            return ["stages": .array([.document(first)] + pipeline.stages.map { .document($0.shown) })]
        }
    }

    /// The plan over these views, what running it costs, and how many documents each stage gave.
    public func explain(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system
    ) throws(QueryError) -> Document {
        if case .find(let find) = pipeline.source, pipeline.stages.isEmpty {
            return try find.explain(snapshot, limits: limits, clock: clock)
        }
        let run = try execute(snapshot, limits, clock, 0) { _ throws(QueryError) in true }
        var stages: [Value] = [.document(try cursor(run, snapshot))]
        for (stage, given) in zip(run.source.stages, run.given) {
            var shown = stage.shown
            shown.append("nReturned", .int64(Int64(given)))
            stages.append(.document(shown))
        }
        return ["stages": .array(stages), "executionStats": .document(run.statistics.document)]
    }

    private func cursor(_ run: AggregateRun, _ snapshot: borrowing ViewSnapshot) throws(QueryError) -> Document {
        var cursor: Document
        switch run.source.way {
        case .find(let find, _): cursor = ["queryPlanner": .document(find.queryPlanner(try find.plans(snapshot)))]
        case .count(let find, let plan, let group, _):
            let input: Document =
                plan.map { find.countPlan($0) } ?? [
                    "stage": "COUNT", "inputStage": ["stage": "RECORD_STORE_FAST_COUNT"],
                ]
            let planner: Document = [
                "collection": .string(find.model.name), "winningPlan": .document(input), "rejectedPlans": [],
                "answers": .string(group == nil ? "$count" : "$group"),
            ]
            cursor = ["queryPlanner": .document(planner)]
        case .keys(let keys):
            var planner = keys.find.queryPlanner([keys.plan])
            planner.append("answers", "$group")
            cursor = ["queryPlanner": .document(planner)]
        case .documents(let documents):
            return ["$queue": ["documents": .int64(Int64(documents.count))], "nReturned": .int64(Int64(run.read))]
        }
        return ["$cursor": .document(cursor), "nReturned": .int64(Int64(run.read))]
    }
}

extension Stage {
    /// As it was written, and how it is done where that is not plain.
    fileprivate var shown: Document {
        var document = Document([(name, spec)])
        switch work {
        case .sort(_, let kept?): document.append("limit", .int64(Int64(kept)))
        case .lookup(let lookup):
            if let key = lookup.join?.foreign ?? lookup.correlation?.foreign {
                document.append("lookup", .document(key.strategy))
            } else {
                document.append("lookup", ["strategy": .string(lookup.isConstant ? "Once" : "NestedLoop")])
            }
        case .graphLookup(let lookup): document.append("lookup", .document(lookup.foreign.strategy))
        default: break
        }
        return document
    }
}
