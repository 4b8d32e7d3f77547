internal import BSON

/// What a `$group` computes over the documents of a group, and a window over those around a document.
struct Accumulator: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case sum = "$sum"
        case average = "$avg"
        case minimum = "$min"
        case maximum = "$max"
        case first = "$first"
        case last = "$last"
        case count = "$count"
        case push = "$push"
        case addToSet = "$addToSet"
        case mergeObjects = "$mergeObjects"
        case firstN = "$firstN"
        case lastN = "$lastN"
        case minN = "$minN"
        case maxN = "$maxN"
        case top = "$top"
        case bottom = "$bottom"
        case topN = "$topN"
        case bottomN = "$bottomN"
        case deviationOfAll = "$stdDevPop"
        case deviationOfSample = "$stdDevSamp"
    }

    let name: String
    let kind: Kind
    let expression: Expression
    /// How many are kept, by those that keep some.
    var count = 1
    /// By which `$top` and its kin choose.
    var sort = SortOrder.unsorted
    let call: Call

    /// A state is one accumulator's for one group. Its `value` holds no memory but its own.
    enum State {
        case sum(NumberSum)
        case deviation(Deviation)
        case value(Value?)
        case count(Int64)
        case list([Value])
        case set([[UInt8]: Int], [Value])
        case members([String: Int], [(name: String, value: Value)])
        case ranked(RankedValues)
    }

    var start: State {
        switch kind {
        case .sum, .average: .sum(NumberSum())
        case .deviationOfAll, .deviationOfSample: .deviation(Deviation())
        case .minimum, .maximum, .first, .last: .value(nil)
        case .count: .count(0)
        case .push, .firstN, .lastN: .list([])
        case .addToSet: .set([:], [])
        case .mergeObjects: .members([:], [])
        case .minN, .maxN, .top, .topN: .ranked(RankedValues(capacity: count, keepsLast: false))
        case .bottom, .bottomN: .ranked(RankedValues(capacity: count, keepsLast: true))
        }
    }

    /// Takes a document in.
    ///
    /// - Returns: how many bytes more the state holds.
    func add(_ document: RawDocument, _ scope: Scope, to state: inout State) throws(QueryError) -> Int {
        if case .count(let count) = state {
            state = .count(count + 1)
            return 0
        }
        if kind == .first, case .value(_?) = state { return 0 }
        let value = try expression.evaluate(document, scope)
        switch state {
        case .count: return 0
        case .sum(var sum):
            value.withRaw { sum.add($0) }
            state = .sum(sum)
            return 0
        case .deviation(var deviation):
            value.withRaw { deviation.add($0) }
            state = .deviation(deviation)
            return 0
        case .value(let known):
            guard takes(value, over: known) else { return 0 }
            let new = value.value ?? .null
            state = .value(new)
            return new.bsonByteCount - (known?.bsonByteCount ?? 0)
        case .list: return append(value, to: &state)
        case .set: return insert(value, into: &state)
        case .members: return try merge(value, into: &state)
        case .ranked(var ranked):
            state = .count(0)
            let grown = rank(value, document, in: &ranked)
            state = .ranked(ranked)
            return grown
        }
    }

    /// Smallest and largest pass over null and what is missing.
    private func takes(_ value: Evaluated, over known: Value?) -> Bool {
        guard kind == .minimum || kind == .maximum else { return true }
        guard !value.isNullish else { return false }
        guard let known else { return true }
        let order = Evaluated.compare(value, .owned(known))
        return kind == .minimum ? order < 0 : order > 0
    }

    func result(_ state: State) -> Value {
        switch state {
        case .sum(let sum): kind == .average ? sum.average : sum.total
        case .deviation(let deviation): deviation.value(isSample: kind == .deviationOfSample)
        case .value(let value): value ?? .null
        case .count(let count): Int32(exactly: count).map { .int32($0) } ?? .int64(count)
        case .list(let values), .set(_, let values): .array(values)
        case .members(_, let members): .document(Document(members.map { ($0.name, $0.value) }))
        case .ranked(let ranked):
            kind == .top || kind == .bottom ? ranked.values.first ?? .null : .array(ranked.values)
        }
    }
}
