import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Schema
import Views

/// `--as-of`: collections as they were.
struct AsOf: ParsableArguments {
    @Option(
        name: .customLong("as-of"),
        help: ArgumentHelp(
            "As it was at this position, or at this time (2026-01-31T12:00:00Z), by the projectors of today. What was erased "
                + "since stays erased.", valueName: "position|time"))
    var text: String?
    @Option(
        help: ArgumentHelp(
            "Whose time it is: recorded-time (unless said), or event-time, the last position such that no event up to it says "
                + "that it is of later.", valueName: "basis"))
    var by: Basis?

    enum Basis: String, ExpressibleByArgument, CaseIterable {
        case recordedTime = "recorded-time"
        case eventTime = "event-time"
    }

    func validate() throws {
        if by != nil, text == nil { throw ValidationError("--by goes with --as-of") }
    }

    /// `nil` for the views as they are.
    private func moment() throws -> PastMoment? {
        guard let text else { return nil }
        guard let moment = PastMoment(text, byEventTime: by == .eventTime) else {
            throw Failure(.usage, "\(text) is neither a position nor a time such as 2026-01-31T12:00:00Z")
        }
        return moment
    }

    func refuse(_ what: String) throws {
        if text != nil { throw Failure(.usage, "--as-of does not go with \(what)") }
    }

    /// For a server.
    func asked() throws -> AnnalsClient.Moment? {
        try moment().map { moment in
            switch moment {
            case .position(let position): .position(position)
            case .recorded(let time): .recorded(time)
            case .happened(let time): .happened(time)
            }
        }
    }

    /// Runs `body` on the views, or on these collections as they were.
    func read(
        _ store: Store, _ models: [CollectionModel], isSilent: Bool, _ body: (borrowing ViewSnapshot) throws -> Void
    ) throws {
        guard let moment = try moment() else { return try body(try store.snapshot()) }
        let progress = Progress(isSilent: isSilent)
        let position = try store.history.position(of: moment)
        try store.read(
            asOf: .position(position), models,
            onProgress: {
                progress.show("folded \(Figure.grouped($0.position)) of \(Figure.grouped($0.through)) events")
            }
        ) { snapshot in
            progress.end()
            if !isSilent { note(position, store, models) }
            try body(snapshot)
        }
    }

    private func note(_ position: UInt64, _ store: Store, _ models: [CollectionModel]) {
        Console.note(Console.dim("as of position \(Figure.grouped(position))", on: .error))
        for (model, since) in store.past.notLive(models, asOf: position) {
            Console.note(
                Console.dim(
                    "\(model.name): the projector of today has been live since position \(Figure.grouped(since)) only",
                    on: .error))
        }
    }
}
