import Annals
import ArgumentParser
import BSON
import EventLog
import Schema
import Views

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Events of the log, oldest first, without their secrets.")

    @Option(help: ArgumentHelp("Only this stream, such as sessions/s-1.", valueName: "stream")) var subject: String?
    @Option(help: ArgumentHelp("Only events of this type.", valueName: "type")) var type: String?
    @Option(help: ArgumentHelp("Only events after this position.", valueName: "position")) var after: UInt64 = 0
    @Option(help: ArgumentHelp("The most events to show.", valueName: "n")) var limit: Int?
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            if let type, store.catalogue.type(type) == nil {
                throw Failure(.usage, "\(type) is no event type; `annals reference events` lists those there are")
            }
            var left = limit ?? .max
            var failure: (any Error)?
            func show(_ record: Record) -> Bool {
                if let type, record.type != type { return true }
                guard left > 0 else { return false }
                left -= 1
                do {
                    try print(CloudEvent.document(of: record, store), record)
                    return left > 0
                } catch {
                    failure = error
                    return false
                }
            }
            if let subject {
                var positions: [UInt64] = []
                try store.snapshot().forEachPosition(ofStream: subject, after: after) {
                    positions.append($0)
                    return true
                }
                let log = try store.log.snapshot()
                for position in positions {
                    guard let record = try log.record(at: position), show(record) else { break }
                }
            } else if after < .max {
                try store.log.snapshot().read(from: after + 1) { show($0) }
            }
            if let failure { throw failure }
        }
    }

    private func print(_ event: Document, _ record: Record) throws {
        if output.isJSON {
            try Console.printJSON(event)
            return
        }
        let data = event["data"].map { JSON.string($0, style: .relaxed) } ?? ""
        let position = Figure.grouped(record.position)
        let padding = String(repeating: " ", count: max(0, 11 - position.count))
        try Console.print(
            "\(padding)\(position)  \(record.time)  \(Console.cyan(record.type))  \(record.subject)  "
                + Console.dim(data.count > 160 ? String(data.prefix(159)) + "…" : data))
    }
}
