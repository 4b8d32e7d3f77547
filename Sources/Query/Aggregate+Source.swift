internal import BSON
internal import Schema
internal import Views

/// Where a pipeline's documents come from in one run: the cheapest that gives the stages what they ask for.
struct PreparedSource {
    enum Way {
        case find(Find, Plan)
        /// The first stage counts, and a counter or the keys of an index know.
        case count(Find, Plan?, Group?, name: String)
        /// The first stage counts by what the keys of an index tell.
        case keys(GroupedKeys)
        case documents([Document])
    }

    let way: Way
    /// What is left to do.
    let stages: [Stage]

    init(_ pipeline: SubPipeline, _ snapshot: borrowing ViewSnapshot, _ budget: QueryBudget) throws(QueryError) {
        switch pipeline.source {
        case .documents(let documents):
            way = .documents(documents)
            stages = pipeline.stages
        case .find(let find):
            if let first = pipeline.stages.first, let counted = try Self.counted(find, first, snapshot) {
                way = counted
                stages = Array(pipeline.stages.dropFirst())
                return
            }
            if let first = pipeline.stages.first, let grouped = try Self.grouped(find, first, snapshot) {
                way = .keys(grouped)
                stages = Array(pipeline.stages.dropFirst())
                return
            }
            stages = pipeline.stages
            if let covered = try Self.covered(find, pipeline.stages, snapshot) {
                way = covered
            } else {
                way = .find(find, try find.plan(snapshot))
            }
        }
    }

    // MARK: Counting

    private static func counted(_ find: Find, _ first: Stage, _ snapshot: borrowing ViewSnapshot) throws(QueryError)
        -> Way?
    {
        var group: Group?
        var name = ""
        switch first.work {
        case .count(let field): name = field
        case .group(let only):
            guard case .constant = only.id, only.accumulators.allSatisfy(\.countsDocuments) else { return nil }
            group = only
        default: return nil
        }
        if find.filter.isEverything, find.hint == nil { return .count(find, nil, group, name: name) }
        let plan = try find.plan(snapshot, for: .count)
        return plan.countsKeys ? .count(find, plan, group, name: name) : nil
    }

    private static func grouped(_ find: Find, _ first: Stage, _ snapshot: borrowing ViewSnapshot) throws(QueryError)
        -> GroupedKeys?
    {
        guard case .group(let group) = first.work, group.accumulators.allSatisfy(\.countsDocuments),
            let reads = StageReads.paths([first])
        else { return nil }
        return try GroupedKeys(find, group, reads, snapshot)
    }

    private static func count(
        _ find: Find, _ plan: Plan?, _ snapshot: borrowing ViewSnapshot, _ budget: QueryBudget
    ) throws(QueryError) -> Int {
        try find.checkCounts()
        var all = 0
        if let plan, case .index(let ordinal, let intervals) = plan.access {
            for interval in intervals {
                _ = try snapshot.forEachEntry(find.model, ordinal, in: interval, backward: false) {
                    _, _, _ throws(QueryError) in
                    try budget.examineKey()
                    all += 1
                    return true
                }
            }
        } else {
            do { all = try snapshot.documentCount(find.model) } catch { throw QueryError(error) }
        }
        return min(max(0, all - find.skip), find.limit ?? .max)
    }

    /// What the stage gives for so many documents; `nil` where it gives none.
    private static func document(_ count: Int, _ group: Group?, _ name: String) -> Document? {
        if count == 0 { return nil }
        guard let group else { return CountStep.document(name, Int64(count)) }
        var writer = DocumentWriter()
        if case .constant(let id) = group.id { writer.append("_id", id.raw) }
        for accumulator in group.accumulators { writer.append(accumulator.name, accumulator.total(of: Int64(count))) }
        return writer.finishDocument()
    }

    // MARK: Keys alone

    /// A plan over the keys of an index, where they hold all that the stages look at.
    private static func covered(_ find: Find, _ stages: [Stage], _ snapshot: borrowing ViewSnapshot) throws(QueryError)
        -> Way?
    {
        guard let paths = StageReads.paths(stages), !paths.isEmpty, find.hint == nil else { return nil }
        var narrow = find
        let rules = paths.sorted().map { ($0, Value.int32(1)) } + (paths.contains("_id") ? [] : [("_id", .int32(0))])
        narrow.projection = try Projection(Document(rules), model: find.model)
        let plan = try narrow.plan(snapshot)
        if plan.coverage != nil { return .find(narrow, plan) }
        guard find.filter.isEverything, find.sort.isEmpty else { return nil }
        for index in find.model.indexes where paths.isSubset(of: index.parts.map(\.name)) && !index.isSparse {
            narrow.hint = .index(index.name)
            let plan = try narrow.plan(snapshot)
            if plan.coverage != nil { return .find(narrow, plan) }
        }
        return nil
    }

    /// Gives the documents; returns how many.
    func run(
        _ snapshot: borrowing ViewSnapshot, _ scope: Scope, _ budget: QueryBudget, _ give: Give
    ) throws(QueryError) -> Int {
        var read = 0
        func count(_ document: RawDocument) throws(QueryError) -> Bool {
            read += 1
            return try give(document)
        }
        switch way {
        case .find(let find, let plan): try find.run(snapshot, plan, budget, count)
        case .keys(let keys): try keys.run(snapshot, scope, budget, count)
        case .documents(let documents):
            for document in documents {
                guard try document.withRaw({ (raw) throws(QueryError) in try count(raw) }) else { break }
            }
        case .count(let find, let plan, let group, let name):
            let all = try Self.count(find, plan, snapshot, budget)
            _ = try Self.document(all, group, name)?.withRaw { (raw) throws(QueryError) in try count(raw) }
        }
        return read
    }
}

extension Accumulator {
    /// It gives a number that depends on nothing but how many documents there are.
    fileprivate var countsDocuments: Bool {
        if kind == .count { return true }
        guard kind == .sum, case .constant(let operand) = expression else { return false }
        return operand.raw.type == .int32 || operand.raw.type == .int64
    }

    func total(of count: Int64) -> Value {
        guard kind == .sum, case .constant(let operand) = expression, let number = operand.raw.int64 else {
            return Number(count, isSmall: true).value
        }
        let (total, overflow) = number.multipliedReportingOverflow(by: count)
        if overflow { return .double(Double(number) * Double(count)) }
        return Number(total, isSmall: operand.raw.type == .int32).value
    }
}

/// What stages look at of the documents that come to the first of them.
enum StageReads {
    /// The dotted paths, up to the stage after which nothing else is left of a document; `nil` where that is not known.
    static func paths(_ stages: [Stage]) -> Set<String>? {
        var reads = Reads()
        for stage in stages {
            switch stage.work {
            case .match(let filter):
                guard let paths = filter.readPaths else { return nil }
                reads.paths.formUnion(paths)
            case .when(let expression): expression.gather(&reads)
            case .skip, .limit: continue
            case .group(let group):
                group.id.gather(&reads)
                for accumulator in group.accumulators {
                    accumulator.expression.gather(&reads)
                    reads.paths.formUnion(accumulator.sort.parts.map(\.path.name))
                }
                return whole(reads)
            case .bucketAuto(let buckets):
                buckets.groupBy.gather(&reads)
                for accumulator in buckets.accumulators {
                    accumulator.expression.gather(&reads)
                    reads.paths.formUnion(accumulator.sort.parts.map(\.path.name))
                }
                return whole(reads)
            default: return nil
            }
        }
        return nil
    }

    private static func whole(_ reads: Reads) -> Set<String>? { reads.readsWhole ? nil : withoutInner(reads.paths) }

    /// A field and one below it are the field.
    private static func withoutInner(_ paths: Set<String>) -> Set<String> {
        paths.filter { path in !paths.contains { path.hasPrefix($0 + ".") } }
    }
}
