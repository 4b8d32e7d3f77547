import BSON

extension NaivePipeline {
    func windows(_ spec: Value, _ rows: [Document]) throws -> [Document] {
        let order = try members(try NaiveExpression.written(spec, "sortBy")).map {
            ($0.name, try NaiveExpression.whole($0.value) < 0)
        }
        let by = try? NaiveExpression.written(spec, "partitionBy")
        var partitions: [(value: Value, rows: [Document])] = []
        for row in rows {
            let value = try by.flatMap { try evaluate($0, row) } ?? .null
            if case .array = value { throw NaiveExpression.Failure() }
            if let place = partitions.firstIndex(where: { Naive.order($0.value, value) == 0 }) {
                partitions[place].rows.append(row)
            } else {
                partitions.append((value, [row]))
            }
        }
        let outputs = try members(try NaiveExpression.written(spec, "output"))
        return try partitions.sorted { Naive.order($0.value, $1.value) < 0 }.flatMap { partition in
            let sorted = partition.rows.sorted { Naive.precedes($0, $1, order) }
            return try sorted.indices.map { place in
                try outputs.reduce(sorted[place]) { result, output in
                    Self.setting(result, output.name, try window(output.value, place, sorted, order))
                }
            }
        }
    }

    private func window(_ output: Value, _ place: Int, _ rows: [Document], _ order: [(String, Bool)]) throws -> Value? {
        guard let (function, argument) = try members(output).first(where: { $0.name != "window" }) else {
            throw NaiveExpression.Failure()
        }
        let before = rows.filter { Naive.precedes($0, rows[place], order) }
        switch function {
        case "$documentNumber": return .int32(Int32(place + 1))
        case "$rank": return .int32(Int32(before.count + 1))
        case "$denseRank":
            let starts = before.indices.filter { $0 == 0 || Naive.precedes(before[$0 - 1], before[$0], order) }
            return .int32(Int32(starts.count + 1))
        case "$shift":
            let target = place + (try NaiveExpression.whole(try NaiveExpression.written(argument, "by")))
            if rows.indices.contains(target) {
                return try evaluate(try NaiveExpression.written(argument, "output"), rows[target])
            }
            return (try? NaiveExpression.written(argument, "default")) ?? .null
        default: return try accumulate(function, argument, try frame(output, place, rows))
        }
    }

    private func frame(_ output: Value, _ place: Int, _ rows: [Document]) throws -> [Document] {
        guard let window = try? NaiveExpression.written(output, "window") else { return rows }
        let bounds = try NaiveExpression.list(try NaiveExpression.written(window, "documents"))
        func bound(_ value: Value, _ end: Int) throws -> Int {
            value == "unbounded" ? end : value == "current" ? place : place + (try NaiveExpression.whole(value))
        }
        let lower = try bound(bounds[0], 0)
        let upper = try bound(bounds[1], rows.count - 1)
        return rows.indices.filter { $0 >= lower && $0 <= upper }.map { rows[$0] }
    }
}
