internal import BSON

/// What a `$group` computes over the documents of a group.
struct Accumulator: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case sum = "$sum"
        case average = "$avg"
        case minimum = "$min"
        case maximum = "$max"
        case first = "$first"
        case last = "$last"
        case count = "$count"
    }

    let name: String
    let kind: Kind
    let expression: Expression

    var start: State {
        switch kind {
        case .sum, .average: .sum(NumberSum())
        case .minimum, .maximum, .first, .last: .value(nil)
        case .count: .count(0)
        }
    }

    enum State {
        case sum(NumberSum)
        case value(Value?)
        case count(Int64)
    }

    func add(_ document: RawDocument, to state: inout State) {
        switch state {
        case .count(let count): state = .count(count + 1)
        case .sum(var sum):
            expression.evaluate(document).withRaw { sum.add($0) }
            state = .sum(sum)
        case .value(let known):
            if kind == .first, known != nil { return }
            expression.evaluate(document).withRaw { value in
                if takes(value, over: known) { state = .value(value?.owned() ?? .null) }
            }
        }
    }

    /// Smallest and largest pass over null and what is missing.
    private func takes(_ value: RawValue?, over known: Value?) -> Bool {
        guard kind == .minimum || kind == .maximum else { return true }
        guard let value, !value.isNull, value.type != .undefined else { return false }
        guard let known else { return true }
        let order = known.withRaw { Order.compare(value, $0) }
        return kind == .minimum ? order < 0 : order > 0
    }

    func result(_ state: State) -> Value {
        switch state {
        case .sum(let sum): kind == .average ? sum.average : sum.total
        case .value(let value): value ?? .null
        case .count(let count): Int32(exactly: count).map { .int32($0) } ?? .int64(count)
        }
    }
}
