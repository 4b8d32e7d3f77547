internal import BSON

extension StageParser {
    mutating func parseWindow(_ value: RawValue, _ call: Call) throws(QueryError) -> Window {
        let parts = try expressions.members(value, call, ["output", "partitionBy", "sortBy"], required: 1)
        let partition = try parts[1].map { value throws(QueryError) in
            try expressions.parse(value, "\(call.place).partitionBy")
        }
        var sort = SortOrder.unsorted
        if let sortBy = parts[2] {
            sort = try SortOrder(try call.document(sortBy), fields: fields, place: "\(call.place).sortBy")
        }
        var outputs: [(slot: Int, output: Window.Output)] = []
        var names: [(name: String, expression: Expression)] = []
        var elements = try call.document(parts[0]).elements
        var slots = variables
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = Call(name: call.name, place: "\(call.place).output.\(name)")
            _ = try QueryPath.validated(name, at: here.place)
            let slot = slots.reserve()
            outputs.append((slot, try output(element.value, name, here, isSorted: !sort.isEmpty)))
            names.append((name, .variable(slot, nil)))
        }
        if outputs.isEmpty { throw call.refusal("names at least one output") }
        for (name, _) in names { set(name) }
        return Window(partition: partition, sort: sort, outputs: outputs, result: Reshape(setting: names))
    }

    private func output(_ value: RawValue, _ name: String, _ call: Call, isSorted: Bool) throws(QueryError)
        -> Window.Output
    {
        var function: (name: String, value: RawValue)?
        var frame: Window.Frame?
        var elements = try call.document(value).elements
        while let element = elements.next() {
            let text = String(decoding: element.name, as: UTF8.self)
            if text == "window" {
                frame = try self.frame(element.value, call)
            } else {
                guard function == nil else { throw call.refusal("has one function for each output") }
                function = (text, element.value)
            }
        }
        guard let function else { throw call.refusal("needs a function", mend: "write {$sum: \"$amount\"}") }
        let here = Call(name: function.name, place: "\(call.place).\(function.name)")
        if let kind = Accumulator.Kind(rawValue: function.name) {
            if let frame, frame.lower != nil || frame.upper != nil, !isSorted {
                throw call.refusal("needs sortBy for a window of documents", mend: "add sortBy")
            }
            let parser = AccumulatorParser(expressions: expressions)
            return .accumulated(try parser.parse(name, kind, function.value, here), frame ?? .whole)
        }
        guard isSorted else { throw here.refusal("needs sortBy", mend: "add sortBy") }
        if frame != nil { throw here.refusal("takes no window", mend: "leave it out") }
        switch function.name {
        case "$rank", "$denseRank", "$documentNumber":
            guard function.value.document?.isEmpty ?? false else { throw here.refusal("takes {}", mend: "write {}") }
            return function.name == "$rank" ? .rank : function.name == "$denseRank" ? .denseRank : .documentNumber
        case "$shift": return try shift(function.value, here)
        default:
            throw QueryError(
                .unknownOperator, at: here.place, "\(function.name) is no known window function",
                mend: "use an accumulator, $rank, $denseRank, $documentNumber or $shift")
        }
    }

    private func shift(_ value: RawValue, _ call: Call) throws(QueryError) -> Window.Output {
        let parts = try expressions.members(value, call, ["output", "by", "default"], required: 2)
        guard let output = parts[0], let distance = parts[1]?.int64, let by = Int(exactly: distance) else {
            throw call.refusal("needs a whole number as by")
        }
        let otherwise = try parts[2].map { value throws(QueryError) in
            try expressions.parse(value, "\(call.place).default")
        }
        return .shift(try expressions.parse(output, "\(call.place).output"), by: by, otherwise: otherwise)
    }

    private func frame(_ value: RawValue, _ call: Call) throws(QueryError) -> Window.Frame {
        let here = Call(name: "window", place: "\(call.place).window")
        let document = try here.document(value)
        if document.isEmpty { return .whole }
        if document.value(named: "range") != nil {
            throw here.refusal("by range is not supported", mend: "use documents: [from, to]")
        }
        let parts = try expressions.members(value, here, ["documents"], required: 1)
        guard let bounds = parts[0]?.array?.elements.map(\.value), bounds.count == 2 else {
            throw here.refusal("needs two bounds", mend: "write documents: [\"unbounded\", \"current\"]")
        }
        let lower = try bound(bounds[0], here)
        let upper = try bound(bounds[1], here)
        if let lower, let upper, lower > upper { throw here.refusal("needs a lower bound that is not above the upper") }
        return Window.Frame(lower: lower, upper: upper)
    }

    /// `nil` for the partition's end.
    private func bound(_ value: RawValue, _ call: Call) throws(QueryError) -> Int? {
        switch value.string {
        case "unbounded": return nil
        case "current": return 0
        default:
            guard value.type != .string, let number = value.int64.flatMap({ Int(exactly: $0) }) else {
                throw call.refusal("has bounds that are whole numbers, \"current\" or \"unbounded\"")
            }
            return number
        }
    }
}
