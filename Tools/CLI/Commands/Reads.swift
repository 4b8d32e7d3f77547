import Annals
import AnnalsClient
import ArgumentParser
import BSON

struct ReadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reads",
        abstract: "The audit trail of reads, oldest first: who asked what, and how much they got.",
        discussion: """
            A server writes it with `annals serve --audit-reads`. Of a question its shape is told: names that are declared and \
            operators, each value a question mark. `replay verify` verifies it, `replay checkpoint --reads` signs it.
            """)

    @Option(help: ArgumentHelp("Only entries after this position.", valueName: "position")) var after: UInt64 = 0
    @Option(help: ArgumentHelp("The most entries to show.", valueName: "n")) var limit: Int?
    @Option(
        help: ArgumentHelp(
            "Only what this caller read: a key's name, a token's subject, local or loopback.", valueName: "name"))
    var principal: String?
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    }

    func run() async throws {
        try await store.ask(isSilent: output.isJSON) { store in
            let trail = try ReadTrail(store, isReadOnly: true)
            defer { try? trail.close() }
            var (next, left) = (after, limit ?? .max)
            while left > 0 {
                let page = try trail.page(
                    after: next, limit: min(left, ReadTrail.longestPage), principal: principal)
                for entry in page.entries { try show(entry.document) }
                if page.isComplete { break }
                (next, left) = (page.next, left - page.entries.count)
            }
        } through: { client in
            var (next, left) = (after, limit ?? .max)
            // What is asked for now is an entry too: not one after the other without end.
            var end: UInt64?
            while left > 0 {
                let page = try await client.reads(
                    after: next, principal: principal, limit: min(left, ReadTrail.longestPage))
                end = end ?? page.position
                for entry in page.entries where (entry["position"]?.position ?? 0) <= end ?? .max { try show(entry) }
                if page.isComplete || page.next >= end ?? .max { break }
                (next, left) = (page.next, left - page.entries.count)
            }
        }
    }

    private func show(_ entry: Document) throws {
        if output.isJSON { return try Console.printJSON(entry) }
        func text(_ name: FieldPath) -> String { entry[name]?.text ?? "" }
        func number(_ name: FieldPath) -> String { entry[name]?.position.map { Figure.grouped($0) } ?? "-" }
        var collections: [String] = []
        if case .array(let names)? = entry["collections"] { collections = names.map { $0.text ?? "" } }
        let shape = entry["shape"].map { JSON.string($0, style: .relaxed) } ?? ""
        let position = number("position")
        let milliseconds = Double(entry["microseconds"]?.position ?? 0) / 1_000
        try Console.print(
            "\(String(repeating: " ", count: max(0, 11 - position.count)))\(position)  \(text("time"))  "
                + "\(Console.bold(text("principal"))) \(Console.dim(text("door")))  \(Console.cyan(text("operation"))) "
                + "\(collections.joined(separator: ","))  \(shape)  "
                + "\(number("returned")) of \(number("examined")), \(number("bytes")) bytes, \(milliseconds) ms"
                + (entry["status"]?.position == 200 ? "" : "  \(Console.red(number("status")))"))
    }
}
