import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Schema
import Views

struct ReplayWhatIf: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "what-if", abstract: "What documents would be without an event, or had it brought other data.",
        discussion: """
            The collections that follow the event are folded anew beside the live ones, from the log as it would be, and compared \
            with them; nothing is changed. Guards are not asked again: later events stay as they were resolved. Those that a \
            projector cannot apply any more are named, and passed over.

              annals replay what-if --without 4711
              annals replay what-if --replace 4711 '{"data":{"userId":"6560f0a1c2d3e4f5a6b7c8d9","points":5,"reason":"less"}}'
            """)

    @Option(help: ArgumentHelp("Leave out the event at this position.", valueName: "position")) var without: UInt64?
    @Option(help: ArgumentHelp("Put EVENT in place of the one at this position.", valueName: "position"))
    var replace: UInt64?
    @Argument(
        help: ArgumentHelp(
            "A CloudEvent of the same type, as JSON, of which data alone counts. It is checked as one that is sent now.",
            valueName: "event"))
    var event: String?
    @OptionGroup var choice: DifferenceChoice
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func validate() throws {
        guard (without == nil) != (replace == nil) else {
            throw ValidationError("one of --without and --replace is needed")
        }
        guard (replace == nil) == (event == nil) else { throw ValidationError("EVENT goes with --replace") }
    }

    func run() async throws {
        let event = try event.map { try commandLineJSON($0, "the event") } ?? [:]
        try await store.ask(isSilent: output.isJSON) { store in
            var supposing = try store.supposing(without: without, replacing: replace, by: event)
            if choice.names != nil {
                let wanted = Set(try choice.collections.map { try store.model($0).number })
                supposing = supposing.only { wanted.contains($0.number) }
            }
            let progress = Progress(isSilent: output.isJSON)
            let found = try store.past.whatIf(supposing, asOf: try store.history.position(), keeping: choice.limit) {
                progress.show("folded \(Figure.grouped($0.position)) of \(Figure.grouped($0.through)) events")
            }
            progress.end()
            try show(found.document(store.catalogue))
        } through: { client in
            try show(
                try await client.whatIf(
                    without: without, replacing: replace, by: event,
                    collections: choice.names, limit: choice.limit))
        }
    }

    private func show(_ found: Document) throws {
        if output.isJSON { return try Console.printJSON(found) }
        if case .document(let event)? = found["event"], case .string(let type)? = event["type"],
            case .string(let time)? = event["recordedtime"]
        {
            let position = Figure.grouped(event["position"]?.position ?? 0)
            let what = replace == nil ? "without" : "had it brought other data:"
            try Console.print("\(what) \(Console.bold(position))  \(time)  \(Console.cyan(type))")
        }
        guard case .array(let collections)? = found["collections"] else { return }
        if collections.isEmpty { try Console.print("no collection follows it: nothing would differ") }
        for case .document(let collection) in collections {
            if DifferenceText.isNone(collection), case .string(let name)? = collection["collection"] {
                try Console.print("\(Console.bold(name))  the same")
            } else {
                try DifferenceText.print(collection)
            }
        }
        try showPassedOver(found)
        try Console.print(Console.dim("guards were not asked again: later events stay as they were resolved"))
    }

    private func showPassedOver(_ found: Document) throws {
        guard case .document(let passedOver)? = found["passedOver"], let count = passedOver["count"]?.position,
            count > 0, case .array(let events)? = passedOver["events"]
        else { return }
        try Console.print(
            Console.red("\(Figure.grouped(count)) later events could not be applied, and were passed over:"))
        var table = Table([("position", .right), ("collection", .left), ("reason", .left)])
        for case .document(let event) in events.prefix(choice.limit) {
            guard case .string(let collection)? = event["collection"], case .string(let reason)? = event["reason"]
            else {
                continue
            }
            table.add(Figure.grouped(event["position"]?.position ?? 0), collection, reason)
        }
        try table.print()
    }
}
