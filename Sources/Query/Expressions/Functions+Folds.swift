internal import BSON

extension Function {
    /// Accumulators over the arguments, or over the elements of the only one.
    static let folds = ["$sum", "$avg", "$min", "$max", "$stdDevPop", "$stdDevSamp"].map { name in
        Function(name, .many(1...Int.max) { values, call throws(QueryError) in try Folds.folded(name, values) })
    }
}

enum Folds {
    static func folded(_ name: String, _ values: [Evaluated]) throws(QueryError) -> Evaluated {
        let all = values.count == 1 ? values[0].elements ?? values : values
        switch name {
        case "$sum", "$avg":
            var sum = NumberSum()
            for value in all { value.withRaw { sum.add($0) } }
            return .owned(name == "$sum" ? sum.total : sum.average)
        case "$stdDevPop", "$stdDevSamp":
            var deviation = Deviation()
            for value in all { value.withRaw { deviation.add($0) } }
            return .owned(deviation.value(isSample: name == "$stdDevSamp"))
        default:
            let known = all.filter { !$0.isNullish }
            let wanted =
                name == "$min"
                ? known.min { Evaluated.compare($0, $1) < 0 } : known.max { Evaluated.compare($0, $1) < 0 }
            return wanted ?? .null
        }
    }
}
