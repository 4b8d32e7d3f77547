import BSON

/// Looks on while views are folded anew, and says what came of it.
struct RebuildWatch {
    private let progress: Progress
    /// Of these collections; of all where there are none.
    private let names: Set<String>
    private static let over: Set<String> = ["ready", "serves", "differs", "discarded", "interrupted", "failed"]

    init(isSilent: Bool, names: [String]) {
        progress = Progress(isSilent: isSilent)
        self.names = Set(names)
    }

    private func mine(_ rebuilds: [Document]) -> [Document] {
        rebuilds.filter { names.isEmpty || names.contains($0["collection"]?.text ?? "") }
    }

    /// Whether nothing goes on any more.
    func isOver(_ rebuilds: [Document]) -> Bool {
        let mine = mine(rebuilds)
        let running = mine.filter { !Self.over.contains($0["state"]?.text ?? "") }
        if let one = running.first(where: { $0["state"]?.text != "waiting" }) ?? running.first {
            let (position, through) = (one["position"]?.integer ?? 0, one["through"]?.integer ?? 0)
            var left = ""
            if case .double(let seconds)? = one["secondsLeft"] { left = ", \(Figure.seconds(seconds)) left" }
            progress.show(
                "\(mine.count - running.count) of \(mine.count) done; \(one["collection"]?.text ?? ""): "
                    + "\(Figure.grouped(Int(position))) of \(Figure.grouped(Int(through))) events\(left)")
        }
        return running.isEmpty
    }

    /// Says how each ended. True: something differs.
    func say(_ rebuilds: [Document], _ output: Output) throws -> Bool {
        progress.end()
        let mine = mine(rebuilds)
        if output.isJSON {
            try Console.printJSON(["rebuilds": .array(mine.map { .document($0) })])
        } else {
            for one in mine { try say(one) }
        }
        if let failed = mine.first(where: { $0["state"]?.text == "failed" }) {
            throw Failure(
                .inputOutput, "\(failed["collection"]?.text ?? ""): \(failed["reason"]?.text ?? "it failed")")
        }
        return mine.contains { $0["state"]?.text == "differs" }
    }

    private func say(_ one: Document) throws {
        guard case .array(let differences)? = one["differences"] else { return }
        var text = "\(one["collection"]?.text ?? ""): \(one["state"]?.text ?? "")"
        if let at = one["comparedAt"]?.integer {
            text += differences.isEmpty ? ", equal" : ", \(differences.count) differences"
            text += " at position \(Figure.grouped(Int(at)))"
        }
        try Console.print(text)
        for case .document(let difference) in differences {
            let field = difference["field"]?.text.map { " \($0)" } ?? ""
            try Console.print(
                "  \(difference["kind"]?.text ?? "") \(difference["key"]?.text ?? "")\(field): "
                    + "\(difference["live"]?.text ?? "nothing") serves, \(difference["replayed"]?.text ?? "nothing") was built"
            )
        }
    }
}
