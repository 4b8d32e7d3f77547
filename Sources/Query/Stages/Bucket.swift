internal import BSON
internal import Views

/// The groups of a `$bucket`: between one boundary and the next.
struct Buckets: Sendable {
    /// In order.
    let boundaries: [Operand]
    let otherwise: Operand?

    /// The lower boundary of a value's bucket.
    func bucket(_ value: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        let isInside = value.withRaw { raw in
            guard let raw, let first = boundaries.first, let last = boundaries.last else { return false }
            return Order.compare(raw, first.raw) >= 0 && Order.compare(raw, last.raw) < 0
        }
        if isInside {
            let place = value.withRaw { raw in
                boundaries.lastIndex { Order.compare($0.raw, raw) <= 0 } ?? 0
            }
            return .raw(boundaries[place].raw)
        }
        guard let otherwise else {
            throw call.refusal("finds a value outside its boundaries", mend: "add default, or filter first")
        }
        return .raw(otherwise.raw)
    }

    /// As the `_id` of a `$group`.
    func expression(_ groupBy: Expression, _ call: Call) -> Expression {
        let function = Function("$bucket", .one { value, call throws(QueryError) in try self.bucket(value, call) })
        return .call(function, [groupBy], call)
    }
}

/// `$bucketAuto`: groups of about as many documents each.
struct BucketAuto: Sendable {
    let groupBy: Expression
    let count: Int
    let accumulators: [Accumulator]
}

final class BucketAutoStep: Step {
    private let buckets: BucketAuto
    private let scope: Scope
    private let budget: QueryBudget
    private let sorted: SortBuffer<(value: Value, document: Document)>
    private var total = 0

    init(_ buckets: BucketAuto, _ scope: Scope, _ budget: QueryBudget) {
        self.buckets = buckets
        self.scope = scope
        self.budget = budget
        sorted = SortBuffer(capacity: nil, budget)
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        let value = try buckets.groupBy.evaluate(document, scope)
        var key: [UInt8] = []
        value.withRaw { raw in _ = KeyEncoder.encode(raw, limit: .max, into: &key) }
        total += 1
        try sorted.add(key, byteCount: document.byteCount + key.count + 64) {
            (value.value ?? .null, Document(copying: document))
        }
        return true
    }

    /// Equal values share a bucket, so that there may be fewer than were asked for.
    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        let all = try sorted.drain()
        let size = max(1, Int((Double(total) / Double(buckets.count)).rounded()))
        var start = 0
        var made = 0
        while start < all.count {
            made += 1
            var end = made == buckets.count ? all.count : min(all.count, start + size)
            while end < all.count, Self.areEqual(all[end].value, all[end - 1].value) { end += 1 }
            let upper = end < all.count ? all[end].value : all[end - 1].value
            let document = try bucket(all[start..<end], upper)
            guard try document.withRaw({ (raw) throws(QueryError) in try give(raw) }) else { return }
            start = end
        }
    }

    private static func areEqual(_ left: Value, _ right: Value) -> Bool {
        Evaluated.compare(.owned(left), .owned(right)) == 0
    }

    private func bucket(_ members: ArraySlice<(value: Value, document: Document)>, _ upper: Value) throws(QueryError)
        -> Document
    {
        var states = buckets.accumulators.map(\.start)
        for member in members {
            try budget.tick()
            for (place, accumulator) in buckets.accumulators.enumerated() {
                _ = try member.document.withRaw { (raw) throws(QueryError) in
                    try accumulator.add(raw, scope, to: &states[place])
                }
            }
        }
        var writer = DocumentWriter()
        writer.beginDocument("_id")
        writer.append("min", members.first?.value ?? .null)
        writer.append("max", upper)
        writer.end()
        for (accumulator, state) in zip(buckets.accumulators, states) {
            writer.append(accumulator.name, accumulator.result(state))
        }
        return writer.finishDocument()
    }
}
