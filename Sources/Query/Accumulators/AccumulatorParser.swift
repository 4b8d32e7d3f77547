internal import BSON

/// Reads accumulators such as `{$sum: "$amount"}`.
struct AccumulatorParser {
    let expressions: ExpressionParser

    func parse(_ name: String, _ value: RawValue, _ place: String) throws(QueryError) -> Accumulator {
        guard value.type == .document else {
            throw QueryError(.badValue, at: place, "it needs one accumulator", mend: "write {$sum: 1}")
        }
        var elements = RawDocument(value.base).elements
        guard let element = elements.next(), elements.next() == nil else {
            throw QueryError(.badValue, at: place, "it needs one accumulator", mend: "write {$sum: 1}")
        }
        let text = String(decoding: element.name, as: UTF8.self)
        guard let kind = Accumulator.Kind(rawValue: text) else {
            throw QueryError(
                .unknownOperator, at: "\(place).\(text)", "\(text) is no known accumulator",
                mend: "use \(Accumulator.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return try parse(name, kind, element.value, Call(name: text, place: "\(place).\(text)"))
    }

    func parse(_ name: String, _ kind: Accumulator.Kind, _ value: RawValue, _ call: Call) throws(QueryError)
        -> Accumulator
    {
        switch kind {
        case .count:
            guard value.type == .document, RawDocument(value.base).isEmpty else {
                throw call.refusal("takes {}", mend: "write {$count: {}}")
            }
            return Accumulator(name: name, kind: kind, expression: .missing, call: call)
        case .firstN, .lastN, .minN, .maxN:
            let parts = try expressions.members(value, call, ["input", "n"], required: 2)
            return Accumulator(
                name: name, kind: kind, expression: try expression(parts[0], call, "input"),
                count: try count(parts[1], call), call: call)
        case .top, .bottom, .topN, .bottomN:
            let takesCount = kind == .topN || kind == .bottomN
            let names = ["sortBy", "output"] + (takesCount ? ["n"] : [])
            let parts = try expressions.members(value, call, names, required: names.count)
            guard let sortBy = parts[0], sortBy.type == .document else {
                throw call.refusal("needs a document as sortBy")
            }
            let sort = try SortOrder(
                RawDocument(sortBy.base), fields: expressions.fields, place: "\(call.place).sortBy")
            if sort.isEmpty { throw call.refusal("needs at least one field as sortBy") }
            return Accumulator(
                name: name, kind: kind, expression: try expression(parts[1], call, "output"),
                count: takesCount ? try count(parts[2], call) : 1, sort: sort, call: call)
        default:
            return Accumulator(
                name: name, kind: kind, expression: try expressions.parse(value, call.place), call: call)
        }
    }

    private func expression(_ value: RawValue?, _ call: Call, _ name: String) throws(QueryError) -> Expression {
        guard let value else { return .missing }
        return try expressions.parse(value, "\(call.place).\(name)")
    }

    private func count(_ value: RawValue?, _ call: Call) throws(QueryError) -> Int {
        guard
            case .constant(let operand)? = try value.map({ value throws(QueryError) in
                try expressions.parse(value, "\(call.place).n")
            }),
            let number = operand.raw.int64, number > 0, number <= Int32.max
        else { throw call.refusal("needs a constant whole number above 0 as n") }
        return Int(number)
    }
}
