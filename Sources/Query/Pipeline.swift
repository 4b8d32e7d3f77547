internal import BSON

/// The stages of one run with what they hold. Documents stream through; `$sort`, `$group` and `$count` wait for the last.
final class Pipeline {
    private enum Step {
        case match(Filter)
        case project(Projection)
        case sort(SortOrder, SortBuffer<Document>)
        case skip(left: Int)
        case limit(left: Int)
        case group(GroupTable)
        case count(String, Int64)
        case unwind(Unwind)
    }

    typealias Sink = (RawDocument) throws(QueryError) -> Bool

    private var steps: [Step]
    private let budget: QueryBudget
    private var key: [UInt8] = []

    init(_ stages: [Stage], _ budget: QueryBudget) {
        self.budget = budget
        steps = stages.map { stage in
            switch stage {
            case .match(let filter): .match(filter)
            case .project(let projection): .project(projection)
            case .sort(let sort, let kept): .sort(sort, SortBuffer(capacity: kept, budget))
            case .skip(let count): .skip(left: count)
            case .limit(let count): .limit(left: count)
            case .group(let group): .group(GroupTable(group, budget))
            case .count(let name): .count(name, 0)
            case .unwind(let unwind): .unwind(unwind)
            }
        }
    }

    /// Sends a document through the steps from `place` on; false: no more are wanted.
    func push(_ document: RawDocument, at place: Int = 0, _ sink: Sink) throws(QueryError) -> Bool {
        guard place < steps.count else { return try sink(document) }
        try budget.tick()
        switch steps[place] {
        case .match(let filter):
            return try filter.matches(document) ? try push(document, at: place + 1, sink) : true
        case .project(let projection):
            return try projection.apply(document).withRaw { (raw) throws(QueryError) in
                try push(raw, at: place + 1, sink)
            }
        case .skip(let left):
            if left == 0 { return try push(document, at: place + 1, sink) }
            steps[place] = .skip(left: left - 1)
            return true
        case .limit(let left):
            if left == 0 { return false }
            steps[place] = .limit(left: left - 1)
            let goesOn = try push(document, at: place + 1, sink)
            return goesOn && left > 1
        case .unwind(let unwind):
            return try unwind.forEach(document) { (raw) throws(QueryError) in try push(raw, at: place + 1, sink) }
        case .sort(let sort, let buffer):
            key.removeAll(keepingCapacity: true)
            sort.encode(document, into: &key)
            try buffer.add(key, byteCount: document.byteCount + 32) { Document(copying: document) }
            return true
        case .group(let groups):
            try groups.add(document)
            return true
        case .count(let name, let count):
            steps[place] = .count(name, count + 1)
            return true
        }
    }

    /// After the last document: steps that held back give what they have.
    func finish(_ sink: Sink) throws(QueryError) {
        for place in steps.indices {
            switch steps[place] {
            case .sort(_, let buffer):
                for document in try buffer.drain() {
                    let goesOn = try document.withRaw { (raw) throws(QueryError) in
                        try push(raw, at: place + 1, sink)
                    }
                    if !goesOn { break }
                }
            case .group(let groups):
                _ = try groups.forEach { (raw) throws(QueryError) in try push(raw, at: place + 1, sink) }
            case .count(let name, let count) where count > 0:
                let value = Int32(exactly: count).map { Value.int32($0) } ?? .int64(count)
                _ = try Document([(name, value)]).withRaw { (raw) throws(QueryError) in
                    try push(raw, at: place + 1, sink)
                }
            default: continue
            }
        }
    }
}
