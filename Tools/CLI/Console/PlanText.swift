import BSON

/// A plan as people read it: a line for each step, what was rejected, what it cost.
struct PlanText {
    private let explained: Document
    private var rows: [(step: String, given: String, how: String)] = []
    private var rejected: [String] = []
    private static let longest = 120

    /// `explained`: in the shape of MongoDB's `explain`.
    init(_ explained: Document) {
        self.explained = explained
        if case .array(let stages)? = explained["stages"] {
            for case .document(let stage) in stages { add(stage) }
        } else if let planner = explained.document("queryPlanner") {
            add(planner: planner)
        }
    }

    func print() throws {
        let hasGiven = rows.contains { !$0.given.isEmpty }
        var table = Table(
            hasGiven
                ? [("step", .left), ("gives", .right), ("how", .left)] : [("step", .left), ("how", .left)])
        for row in rows {
            if hasGiven { table.add(row.step, row.given, row.how) } else { table.add(row.step, row.how) }
        }
        try table.print()
        if !rejected.isEmpty {
            try Console.print("")
            for plan in rejected { try Console.print(Console.dim("rejected  ") + plan) }
        }
        guard let costs = explained.document("executionStats") else { return }
        try Console.print("")
        for (name, label) in [
            ("nReturned", "documents given"), ("totalKeysExamined", "keys examined"),
            ("totalDocsExamined", "documents examined"), ("executionTimeMillis", "milliseconds"),
        ] {
            guard let number = costs[FieldPath(name)]?.integer else { continue }
            let figure = Figure.grouped(number)
            try Console.print(
                Console.dim(label) + String(repeating: " ", count: max(1, 32 - label.count - figure.count)) + figure)
        }
    }

    // MARK: Steps

    /// A stage of a pipeline: `{"$group": …, "nReturned": …}`.
    private mutating func add(_ stage: Document) {
        guard let name = stage.keys.first else { return }
        let given = stage["nReturned"]?.integer.map { Figure.grouped($0) } ?? ""
        if name == "$cursor", let cursor = stage.document("$cursor") {
            let first = rows.count
            if let planner = cursor.document("queryPlanner") { add(planner: planner) }
            // What the plan gives, its last step does.
            if rows.count > first { rows[rows.count - 1].given = given }
            return
        }
        let spec = stage.pairs.first.map { JSON.string($0.value, style: .relaxed) } ?? ""
        var how = Self.shortened(spec)
        if let lookup = stage.document("lookup"), case .string(let strategy)? = lookup["strategy"] {
            how += " by \(strategy)"
        }
        rows.append((name, given, how))
    }

    private mutating func add(planner: Document) {
        if let plan = planner.document("winningPlan") { add(plan: plan, depth: 0) }
        if case .string(let stage)? = planner["answers"] { rows.append((stage, "", "counted as the keys go by")) }
        guard case .array(let plans)? = planner["rejectedPlans"] else { return }
        for case .document(let plan) in plans { rejected.append(Self.inOneLine(plan)) }
    }

    /// In the order in which they work: what a step reads from stands before it, further right.
    private mutating func add(plan: Document, depth: Int) {
        if let input = plan.document("inputStage") { add(plan: input, depth: depth + 1) }
        if case .array(let inputs)? = plan["inputStages"] {
            for case .document(let input) in inputs { add(plan: input, depth: depth + 1) }
        }
        rows.append((String(repeating: "  ", count: depth) + Self.name(plan), "", Self.how(plan)))
    }

    private static func name(_ plan: Document) -> String {
        if case .string(let name)? = plan["stage"] { name } else { "" }
    }

    private static func how(_ plan: Document) -> String {
        var parts: [String] = []
        if case .string(let name)? = plan["indexName"] { parts.append(name) }
        if plan["direction"] == "backward" { parts.append("backward") }
        if let bounds = plan.document("indexBounds") {
            for (name, value) in bounds.pairs {
                guard case .array(let intervals) = value else { continue }
                let texts = intervals.compactMap { if case .string(let text) = $0 { text } else { nil } }
                parts.append("\(name) \(texts.joined(separator: " "))")
            }
        }
        if let pattern = plan.document("sortPattern") {
            parts += pattern.pairs.map { $0.value.integer == -1 ? "\($0.name) descending" : $0.name }
        }
        for name in ["limitAmount", "skipAmount", "keys"] {
            if let number = plan[FieldPath(name)]?.integer { parts.append(Figure.grouped(number)) }
        }
        return shortened(parts.joined(separator: ", "))
    }

    private static func inOneLine(_ plan: Document) -> String {
        var text = [name(plan), how(plan)].filter { !$0.isEmpty }.joined(separator: " ")
        if let input = plan.document("inputStage") { text += " ← " + inOneLine(input) }
        if case .array(let inputs)? = plan["inputStages"] { text += " ← \(inputs.count) plans" }
        if case .double(let cost)? = plan["costEstimate"] { text += " (cost \(cost))" }
        return text
    }

    private static func shortened(_ text: String) -> String {
        text.count > longest ? String(text.prefix(longest - 1)) + "…" : text
    }
}

extension Document {
    fileprivate func document(_ name: String) -> Document? {
        guard case .document(let document)? = pairs.first(where: { $0.name == name })?.value else { return nil }
        return document
    }
}

extension Value {
    /// A whole number, of either width.
    var integer: Int64? {
        switch self {
        case .int32(let number): Int64(number)
        case .int64(let number): number
        default: nil
        }
    }
}
