public import BSON
public import Platform
internal import Schema
public import Views

extension Find {
    /// The plan, in the shape of MongoDB's `explain`: `queryPlanner.winningPlan`, outermost stage first.
    public func explain() throws(QueryError) -> Document {
        var result = Document()
        result.append("queryPlanner", .document(queryPlanner(try plan())))
        return result
    }

    /// The plan, and under `executionStats` what running it costs.
    public func explain(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system
    ) throws(QueryError) -> Document {
        let plan = try plan()
        let statistics = try run(snapshot, limits: limits, clock: clock) { _ throws(QueryError) in true }
        var result = Document()
        result.append("queryPlanner", .document(queryPlanner(plan)))
        result.append("executionStats", .document(statistics.document))
        return result
    }

    private func queryPlanner(_ plan: Plan) -> Document {
        var planner = Document()
        planner.append("collection", .string(model.name))
        planner.append("winningPlan", .document(winningPlan(plan)))
        return planner
    }

    private func winningPlan(_ plan: Plan) -> Document {
        var stage = accessStage(plan)
        func wrap(_ name: String, _ members: [(String, Value)] = []) {
            let input = stage
            stage = Document([("stage", .string(name))] + members + [("inputStage", .document(input))])
        }
        if case .index = plan.access { wrap("FETCH") }
        if !sort.isEmpty, !plan.isSorted {
            let pattern = sort.parts.map { ($0.path.name, Value.int32($0.isDescending ? -1 : 1)) }
            var members: [(String, Value)] = [("sortPattern", .document(Document(pattern)))]
            if let limit {
                members.append(("limitAmount", .int64(Int64(limit.addingReportingOverflow(skip).partialValue))))
            }
            wrap("SORT", members)
        }
        if skip > 0 { wrap("SKIP", [("skipAmount", .int64(Int64(skip)))]) }
        if let limit { wrap("LIMIT", [("limitAmount", .int64(Int64(limit)))]) }
        if !projection.isEverything { wrap("PROJECTION") }
        return stage
    }

    private func accessStage(_ plan: Plan) -> Document {
        let direction: (String, Value) = ("direction", .string(plan.isBackward ? "backward" : "forward"))
        switch plan.access {
        case .ids(let keys):
            return Document([("stage", "IDHACK"), ("keys", .int32(Int32(clamping: keys.count)))])
        case .collection(let interval):
            var members: [(String, Value)] = [("stage", "COLLSCAN"), direction]
            if interval != .everything { members.append(("indexBounds", .string(text(interval, nil)))) }
            return Document(members)
        case .index(let ordinal, let intervals):
            let index = model.indexes[ordinal]
            let pattern = index.parts.map { ($0.name, Value.int32($0.isDescending ? -1 : 1)) }
            let shown = intervals.prefix(20).map { Value.string(text($0, index.pattern)) }
            return Document([
                ("stage", "IXSCAN"), ("indexName", .string(index.name)), ("keyPattern", .document(Document(pattern))),
                ("isMultiKey", .bool(plan.mayRepeat)), direction,
                ("intervals", .int32(Int32(clamping: intervals.count))),
                ("indexBounds", .array(shown)),
            ])
        }
    }

    /// `["active", 3] to ["active", …]`: what of each bound can be read back as values, and open ends as `…`.
    private func text(_ interval: KeyInterval, _ pattern: IndexPattern?) -> String {
        "\(text(interval.lower, pattern)) to \(text(interval.upper, pattern))"
    }

    private func text(_ bound: [UInt8], _ pattern: IndexPattern?) -> String {
        let parts = pattern?.parts ?? [.init("_id")]
        var shown: [String] = []
        bound.withUnsafeBytes { bytes in
            var rest = bytes
            for part in parts where !rest.isEmpty {
                let limit = pattern?.componentLimit ?? KeyEncoder.componentLimit
                guard case .value(let value) = KeyEncoder.decode(&rest, descending: part.descending, limit: limit)
                else {
                    shown.append("…")
                    return
                }
                shown.append(value.withRaw { JSON.string($0, style: .relaxed) })
            }
            if shown.count < parts.count || !rest.isEmpty { shown.append("…") }
        }
        return "[" + shown.joined(separator: ", ") + "]"
    }
}

extension QueryStatistics {
    /// As MongoDB's `executionStats` names them.
    public var document: Document {
        [
            "nReturned": .int64(Int64(documentsReturned)), "executionTimeMillis": .int64(milliseconds),
            "totalKeysExamined": .int64(Int64(keysExamined)), "totalDocsExamined": .int64(Int64(documentsExamined)),
        ]
    }
}
