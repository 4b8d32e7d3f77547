public import BSON
public import Platform
internal import Schema
public import Views

extension Find {
    /// The plan by what is declared alone, in the shape of MongoDB's `explain`: `queryPlanner.winningPlan`, outermost
    /// stage first.
    public func explain() throws(QueryError) -> Document {
        ["queryPlanner": .document(queryPlanner([try plan()]))]
    }

    /// The plan over these views, those that were rejected, and under `executionStats` what running it costs.
    public func explain(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system
    ) throws(QueryError) -> Document {
        let plans = try plans(snapshot)
        let statistics = try run(snapshot, limits: limits, clock: clock) { _ throws(QueryError) in true }
        return [
            "queryPlanner": .document(queryPlanner(plans)), "executionStats": .document(statistics.document),
        ]
    }

    /// The same for counting the documents.
    public func explainCount(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system
    ) throws(QueryError) -> Document {
        let (count, statistics) = try counted(snapshot, limits: limits, clock: clock)
        var planner: Document = ["collection": .string(model.name)]
        if filter.isEverything, hint == nil {
            planner.append("winningPlan", ["stage": "COUNT", "inputStage": ["stage": "RECORD_STORE_FAST_COUNT"]])
            planner.append("rejectedPlans", [])
        } else {
            let plans = try plans(snapshot, for: .count)
            planner.append("winningPlan", .document(plans.first.map(countPlan) ?? [:]))
            planner.append("rejectedPlans", .array(plans.dropFirst().map { .document(countPlan($0)) }))
        }
        var executed = statistics.document
        executed.append("count", .int64(Int64(count)))
        return ["queryPlanner": .document(planner), "executionStats": .document(executed)]
    }

    func queryPlanner(_ plans: [Plan]) -> Document {
        [
            "collection": .string(model.name), "winningPlan": .document(plans.first.map(tree) ?? [:]),
            "rejectedPlans": .array(plans.dropFirst().map { .document(tree($0)) }),
        ]
    }

    func countPlan(_ plan: Plan) -> Document {
        let input = plan.countsKeys ? accessStage(plan, named: "COUNT_SCAN") : source(plan)
        return ["stage": "COUNT", "inputStage": .document(input)]
    }

    private func tree(_ plan: Plan) -> Document {
        var stage = source(plan)
        func wrap(_ name: String, _ members: [(String, Value)] = []) {
            let input = stage
            stage = Document([("stage", .string(name))] + members + [("inputStage", .document(input))])
        }
        if !sort.isEmpty, !plan.isSorted {
            let pattern = sort.parts.map { ($0.path.name, Value.int32($0.isDescending ? -1 : 1)) }
            var members: [(String, Value)] = [("sortPattern", .document(Document(pattern)))]
            if let wanted { members.append(("limitAmount", .int64(Int64(wanted)))) }
            wrap(plan.isSortedByInterval && wanted != nil ? "SORT_MERGE" : "SORT", members)
        }
        if skip > 0 { wrap("SKIP", [("skipAmount", .int64(Int64(skip)))]) }
        if let limit { wrap("LIMIT", [("limitAmount", .int64(Int64(limit)))]) }
        if !projection.isEverything {
            let isSimple = projection.includedPaths != nil || !projection.isInclusion
            wrap(plan.coverage != nil ? "PROJECTION_COVERED" : isSimple ? "PROJECTION_SIMPLE" : "PROJECTION_DEFAULT")
        }
        if let cost = plan.cost { stage.append("costEstimate", .double((cost * 10).rounded() / 10)) }
        return stage
    }

    /// What gives the documents, fetched where keys are not enough.
    private func source(_ plan: Plan) -> Document {
        switch plan.access {
        case .union(let branches):
            let inputs = branches.map { Value.document(source($0.plan)) }
            return ["stage": "OR", "inputStages": .array(inputs)]
        case .index where plan.coverage == nil:
            return ["stage": "FETCH", "inputStage": .document(accessStage(plan, named: "IXSCAN"))]
        case .index: return accessStage(plan, named: "IXSCAN")
        case .collection, .ids: return accessStage(plan, named: "")
        }
    }

    private func accessStage(_ plan: Plan, named name: String) -> Document {
        let direction: (String, Value) = ("direction", .string(plan.isBackward ? "backward" : "forward"))
        switch plan.access {
        case .ids(let keys):
            return Document([("stage", "IDHACK"), ("keys", .int32(Int32(clamping: keys.count)))])
        case .collection(let interval):
            var members: [(String, Value)] = [("stage", "COLLSCAN"), direction]
            if interval != .everything {
                members.append(("indexBounds", ["_id": .array(BoundsText(isDescending: false).texts(plan.bounds[0]))]))
            }
            return Document(members)
        case .index(let ordinal, let intervals):
            let index = model.indexes[ordinal]
            let pattern = index.parts.map { ($0.name, Value.int32($0.isDescending ? -1 : 1)) }
            return Document([
                ("stage", .string(name)), ("keyPattern", .document(Document(pattern))),
                ("indexName", .string(index.name)), ("isMultiKey", .bool(plan.mayRepeat)),
                ("isUnique", .bool(index.isUnique)), ("isSparse", .bool(index.isSparse)), direction,
                ("intervals", .int32(Int32(clamping: intervals.count))),
                ("indexBounds", .document(bounds(plan, index))),
            ])
        case .union: return source(plan)
        }
    }

    private func bounds(_ plan: Plan, _ index: Index) -> Document {
        Document(
            index.parts.enumerated().map { place, part in
                let text = BoundsText(isDescending: part.isDescending, limit: index.pattern.componentLimit)
                return (part.name, .array(place < plan.bounds.count ? text.texts(plan.bounds[place]) : text.all))
            })
    }
}

extension QueryStatistics {
    /// As MongoDB's `executionStats` names them.
    public var document: Document {
        [
            "executionSuccess": true, "nReturned": .int64(Int64(documentsReturned)),
            "executionTimeMillis": .int64(milliseconds), "totalKeysExamined": .int64(Int64(keysExamined)),
            "totalDocsExamined": .int64(Int64(documentsExamined)),
        ]
    }
}
