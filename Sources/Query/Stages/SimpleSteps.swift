internal import BSON
internal import Views

extension Stage {
    func step(_ scope: Scope, _ budget: QueryBudget) -> any Step {
        switch work {
        case .match(let filter): MatchStep(filter, budget)
        case .when(let expression): WhenStep(expression, scope)
        case .reshape(let reshape): ReshapeStep(reshape, scope)
        case .replaceRoot(let expression, let call): ReplaceStep(expression, call, scope)
        case .sort(let sort, let kept): SortStep(sort, kept, budget)
        case .skip(let count): SkipStep(count)
        case .limit(let count): LimitStep(count)
        case .group(let group): GroupStep(group, scope, budget)
        case .count(let name): CountStep(name)
        case .unwind(let unwind): UnwindStep(unwind)
        case .lookup(let lookup): LookupStep(lookup, scope, budget)
        case .graphLookup(let lookup): GraphLookupStep(lookup, scope, budget)
        case .union(let other): UnionStep(other, scope, budget)
        case .facet(let facets): FacetStep(facets, scope, budget)
        case .bucketAuto(let buckets): BucketAutoStep(buckets, scope, budget)
        case .window(let window): WindowStep(window, scope, budget)
        case .sample(let count): SampleStep(count, scope, budget)
        }
    }
}

final class MatchStep: Step {
    private let filter: Filter
    private let budget: QueryBudget

    init(_ filter: Filter, _ budget: QueryBudget) {
        self.filter = filter
        self.budget = budget
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        try budget.tick(filter.steps)
        return try filter.matches(document, budget) ? try give(document) : true
    }
}

final class WhenStep: Step {
    private let expression: Expression
    private let scope: Scope

    init(_ expression: Expression, _ scope: Scope) {
        self.expression = expression
        self.scope = scope
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        try expression.evaluate(document, scope).isTrue ? try give(document) : true
    }
}

final class ReshapeStep: Step {
    private let reshape: Reshape
    private let scope: Scope

    init(_ reshape: Reshape, _ scope: Scope) {
        self.reshape = reshape
        self.scope = scope
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        try reshape.apply(document, scope).withRaw { (raw) throws(QueryError) in try give(raw) }
    }
}

/// `$replaceRoot` and `$replaceWith`.
final class ReplaceStep: Step {
    private let expression: Expression
    private let call: Call
    private let scope: Scope

    init(_ expression: Expression, _ call: Call, _ scope: Scope) {
        self.expression = expression
        self.call = call
        self.scope = scope
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        let value = try expression.evaluate(document, scope)
        guard value.type == .document else { throw call.needs("a document as the new root", value) }
        return try value.withRaw { (raw) throws(QueryError) in
            guard let raw else { return true }
            return try give(RawDocument(raw.base))
        }
    }
}

final class SkipStep: Step {
    private var left: Int
    init(_ count: Int) { left = count }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        if left == 0 { return try give(document) }
        left -= 1
        return true
    }
}

final class LimitStep: Step {
    private var left: Int
    init(_ count: Int) { left = count }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        if left == 0 { return false }
        left -= 1
        return try give(document) && left > 0
    }
}

final class CountStep: Step {
    private let name: String
    private var count: Int64 = 0
    init(_ name: String) { self.name = name }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        count += 1
        return true
    }

    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        guard count > 0 else { return }
        _ = try Self.document(name, count).withRaw { (raw) throws(QueryError) in try give(raw) }
    }

    static func document(_ name: String, _ count: Int64) -> Document {
        Document([(name, Int32(exactly: count).map { .int32($0) } ?? .int64(count))])
    }
}

final class UnwindStep: Step {
    private let unwind: Unwind
    init(_ unwind: Unwind) { self.unwind = unwind }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        try unwind.forEach(document, give)
    }
}

final class SortStep: Step {
    private let sort: SortOrder
    private let buffer: SortBuffer<Document>
    private var key: [UInt8] = []

    init(_ sort: SortOrder, _ kept: Int?, _ budget: QueryBudget) {
        self.sort = sort
        buffer = SortBuffer(capacity: kept, budget)
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        key.removeAll(keepingCapacity: true)
        sort.encode(document, into: &key)
        try buffer.add(key, byteCount: document.byteCount + 32) { Document(copying: document) }
        return true
    }

    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        for document in try buffer.drain() {
            guard try document.withRaw({ (raw) throws(QueryError) in try give(raw) }) else { return }
        }
    }
}

/// Keeps so many of all, each with the same chance, and gives them in any order.
final class SampleStep: Step {
    private let count: Int
    private let scope: Scope
    private let budget: QueryBudget
    private var kept: [Document] = []
    private var seen = 0

    init(_ count: Int, _ scope: Scope, _ budget: QueryBudget) {
        self.count = count
        self.scope = scope
        self.budget = budget
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        seen += 1
        var place = kept.count
        if place == count {
            place = scope.below(seen)
            guard place < count else { return true }
            try budget.hold(-kept[place].bytes.count - 32, for: "a $sample")
        }
        try budget.hold(document.byteCount + 32, for: "a $sample")
        let copy = Document(copying: document)
        if place == kept.count { kept.append(copy) } else { kept[place] = copy }
        return true
    }

    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        for place in kept.indices { kept.swapAt(place, place + scope.below(kept.count - place)) }
        for document in kept {
            guard try document.withRaw({ (raw) throws(QueryError) in try give(raw) }) else { return }
        }
    }
}

extension Scope {
    /// A number below `bound`, which is above 0.
    func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: random.next() % UInt64(bound)) }
}
