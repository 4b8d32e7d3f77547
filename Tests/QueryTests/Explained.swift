import BSON

/// What `explain` says of a plan.
enum Explained {
    static func stages(_ explained: Document) -> [String] {
        var stages: [String] = []
        var next = explained["queryPlanner.winningPlan"]
        while case .document(let stage)? = next {
            if case .string(let name)? = stage["stage"] { stages.append(name) }
            next = stage["inputStage"]
        }
        return stages
    }

    static func indexName(_ explained: Document) -> String? {
        var next = explained["queryPlanner.winningPlan"]
        while case .document(let stage)? = next {
            if case .string(let name)? = stage["indexName"] { return name }
            next = stage["inputStage"]
        }
        return nil
    }

    static func number(_ explained: Document, _ name: String) -> Int {
        guard case .int64(let number)? = explained[FieldPath("executionStats." + name)] else { return -1 }
        return Int(number)
    }
}
