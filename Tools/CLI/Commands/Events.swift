import Annals
import AnnalsClient
import ArgumentParser
import BSON
import UnixSignals

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Events of the log, oldest first, without their secrets.",
        discussion: """
            --follow goes on with those that come, until Ctrl-C; where the server goes away it waits for it, and misses \
            nothing. It takes a server: --url, or one that has the directory open.
            """)

    @Option(help: ArgumentHelp("Only this stream, such as sessions/s-1.", valueName: "stream")) var subject: String?
    @Option(
        help: ArgumentHelp(
            "Only events of this type, or of all that begin so: 'user.*'. May be repeated.", valueName: "type"))
    var type: [String] = []
    @Option(help: ArgumentHelp("Only events after this position.", valueName: "position")) var after: UInt64 = 0
    @Option(help: ArgumentHelp("The most events to show.", valueName: "n")) var limit: Int?
    @Flag(help: "Show those that are there, then those that come.") var follow = false
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    }

    func run() async throws {
        if follow {
            guard let client = try store.client() else {
                throw Failure(
                    .unavailable,
                    "no server has \(store.directory.path) open, so no events come: start one, or give --url")
            }
            return try await store.with(client) { try await follow($0) }
        }
        try await store.ask(isSilent: output.isJSON) {
            try read($0)
        } through: { client in
            var (next, left) = (after, limit ?? .max)
            while left > 0 {
                let page = try await client.eventPage(
                    after: next, types: type, subject: subject, limit: min(left, 1_000))
                for event in page.events { try show(event.document) }
                if page.isComplete { break }
                (next, left) = (page.next, left - page.events.count)
            }
        }
    }

    private func read(_ store: Store) throws {
        var query = EventQuery()
        query.filter.subject = subject
        query.after = after
        query.filter.types = try type.map { text in
            guard let pattern = EventTypePattern(text), store.declares(pattern) else {
                throw Failure(.usage, "\(text) is no event type; `annals reference events` lists those there are")
            }
            return pattern
        }
        var left = limit ?? .max
        var failure: (any Error)?
        while left > 0 {
            query.limit = min(left, 1_000)
            let page = try store.readEvents(query) { record throws(StoreError) in
                let event = try CloudEvent.document(of: record, store)
                left -= 1
                do { try show(event) } catch { failure = error }
                return failure == nil
            }
            if let failure { throw failure }
            if page.isComplete { break }
            query.after = page.next
        }
    }

    /// Until told to stop, or until `limit` events were shown.
    private func follow(_ client: AnnalsClient) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var left = limit ?? .max
                for try await event in client.events(after: after, types: type, subject: subject) {
                    try show(event.document)
                    try Console.flush()
                    left -= 1
                    if left == 0 { break }
                }
            }
            group.addTask { for await _ in signals { break } }
            try await group.next()
            group.cancelAll()
        }
    }

    private func show(_ event: Document) throws {
        if output.isJSON {
            try Console.printJSON(event)
            return
        }
        let data = event["data"].map { JSON.string($0, style: .relaxed) } ?? ""
        let position = Figure.grouped(event["position"]?.integer ?? 0)
        let padding = String(repeating: " ", count: max(0, 11 - position.count))
        try Console.print(
            "\(padding)\(position)  \(event["time"]?.text ?? "")  \(Console.cyan(event["type"]?.text ?? ""))  "
                + "\(event["subject"]?.text ?? "")  "
                + Console.dim(data.count > 160 ? String(data.prefix(159)) + "…" : data))
    }
}
