internal import BSON
internal import Views

/// Holds all documents, sorted by partition and order.
///
/// Performance: frames that begin with their partition grow as the place moves on; others are computed anew for each document.
final class WindowStep: Step {
    private struct Row {
        let partition: [UInt8]
        let order: [UInt8]
        let document: Document
    }

    private let window: Window
    private let scope: Scope
    private let budget: QueryBudget
    private let sorted: SortBuffer<Row>

    init(_ window: Window, _ scope: Scope, _ budget: QueryBudget) {
        self.window = window
        self.scope = scope
        self.budget = budget
        sorted = SortBuffer(capacity: nil, budget)
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        var partition: [UInt8] = []
        if let expression = window.partition {
            let value = try expression.evaluate(document, scope)
            guard !value.isArray else {
                throw QueryError(
                    .badValue, at: "pipeline.$setWindowFields.partitionBy", "partitionBy gave an array",
                    mend: "use an expression that gives a single value")
            }
            value.withRaw { raw in _ = KeyEncoder.encode(raw, limit: .max, into: &partition) }
        }
        var order: [UInt8] = []
        window.sort.encode(document, into: &order)
        try sorted.add(partition + order, byteCount: 2 * document.byteCount + partition.count + order.count + 128) {
            Row(partition: partition, order: order, document: Document(copying: document))
        }
        return true
    }

    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        let rows = try sorted.drain()
        var start = 0
        while start < rows.count {
            var end = start + 1
            while end < rows.count, rows[end].partition == rows[start].partition { end += 1 }
            guard try finish(Array(rows[start..<end]), give) else { return }
            start = end
        }
    }

    private func finish(_ rows: [Row], _ give: Give) throws(QueryError) -> Bool {
        var columns: [[Value?]] = []
        for output in window.outputs { columns.append(try column(output.output, rows)) }
        for (place, row) in rows.enumerated() {
            for (output, column) in zip(window.outputs, columns) {
                scope[output.slot] = column[place].map { .owned($0) } ?? .missing
            }
            let goesOn = try row.document.withRaw { (raw) throws(QueryError) in
                try window.result.apply(raw, scope).withRaw { (raw) throws(QueryError) in try give(raw) }
            }
            if !goesOn { return false }
        }
        return true
    }

    private func column(_ output: Window.Output, _ rows: [Row]) throws(QueryError) -> [Value?] {
        switch output {
        case .accumulated(let accumulator, let frame): return try accumulated(accumulator, frame, rows)
        case .documentNumber: return rows.indices.map { Self.number($0 + 1) }
        case .rank, .denseRank:
            var isDense = false
            if case .denseRank = output { isDense = true }
            var rank = 0
            return rows.indices.map { place in
                let isNew = place == 0 || rows[place].order != rows[place - 1].order
                if isNew { rank = isDense ? rank + 1 : place + 1 }
                return Self.number(rank)
            }
        case .shift(let expression, let distance, let otherwise):
            var column: [Value?] = []
            for place in rows.indices {
                try budget.tick()
                let (target, overflow) = place.addingReportingOverflow(distance)
                let isThere = !overflow && rows.indices.contains(target)
                let value = try rows[isThere ? target : place].document.withRaw { (raw) throws(QueryError) in
                    try (isThere ? expression : otherwise)?.evaluate(raw, scope).value
                }
                // Of a document that is there, what is missing stays so.
                if value == nil, !isThere { column.append(.some(.null)) } else { column.append(value) }
            }
            return column
        }
    }

    private static func number(_ number: Int) -> Value {
        Int32(exactly: number).map { .int32($0) } ?? .int64(Int64(number))
    }

    private func accumulated(_ accumulator: Accumulator, _ frame: Window.Frame, _ rows: [Row]) throws(QueryError)
        -> [Value?]
    {
        var column: [Value?] = []
        var state = accumulator.start
        var known = 0..<0
        for place in rows.indices {
            let range = frame.range(around: place, rows.count)
            // A frame that keeps its start goes on from where it was.
            let goesOn = range.lowerBound == known.lowerBound && range.upperBound >= known.upperBound
            if !goesOn { state = accumulator.start }
            for member in (goesOn ? known.upperBound : range.lowerBound)..<max(range.upperBound, range.lowerBound) {
                try budget.tick()
                _ = try rows[member].document.withRaw { (raw) throws(QueryError) in
                    try accumulator.add(raw, scope, to: &state)
                }
            }
            known = range
            let value = accumulator.result(state)
            try budget.hold(value.bsonByteCount, for: "a $setWindowFields")
            column.append(value)
        }
        try budget.hold(-column.reduce(0) { $0 + ($1?.bsonByteCount ?? 0) }, for: "a $setWindowFields")
        return column
    }
}
