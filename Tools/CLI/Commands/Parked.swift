import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Schema

struct ParkedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked", abstract: "Refused events that were kept aside: look, try again, discard.",
        subcommands: [List.self, Retry.self, Discard.self])

    /// One, or all.
    struct Choice: ParsableArguments {
        @Argument(help: "The ids, as `annals parked list` shows them.") var ids: [String] = []
        @Flag(help: "All of them, oldest first.") var all = false

        func validate() throws {
            if !all, ids.isEmpty { throw ValidationError("name an id, or say --all") }
        }

        func chosen(_ store: Store) async throws -> [String] {
            guard all else { return ids }
            let (events, damaged) = try await store.parked.all()
            return events.map(\.id) + damaged
        }

        func chosen(_ client: AnnalsClient) async throws -> [String] {
            guard all else { return ids }
            let (events, damaged) = try await client.parked()
            return events.compactMap { $0["id"]?.text } + damaged
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The events and why each was refused.")

        @OptionGroup var place: StorePlace
        @OptionGroup var output: Output

        func run() async throws {
            try await place.askWaiting(isSilent: output.isJSON) { store in
                let (events, damaged) = try await store.parked.all()
                for parked in events { try print(parked, store) }
                tell(damaged)
            } through: { client in
                let (events, damaged) = try await client.parked()
                for event in events { try print(event) }
                tell(damaged)
            }
        }

        private func tell(_ damaged: [String]) {
            for id in damaged { Console.note("\(id) does not open") }
        }

        private func print(_ parked: ParkedEvent, _ store: Store) throws {
            try print(
                id: parked.id, parkedAt: parked.parkedAt.description, event: parked.shown(store.catalogue),
                reasons: parked.reasons.map(\.description))
        }

        /// As a server tells it.
        private func print(_ parked: Document) throws {
            var (event, reasons): (Document, [String]) = ([:], [])
            if case .document(let sent)? = parked["event"] { event = sent }
            if case .array(let told)? = parked["reasons"] {
                for case .document(let reason) in told {
                    let field = reason["field"]?.text ?? ""
                    reasons.append((field.isEmpty ? "" : "\(field): ") + (reason["message"]?.text ?? ""))
                }
            }
            try print(
                id: parked["id"]?.text ?? "", parkedAt: parked["parkedAt"]?.text ?? "", event: event, reasons: reasons)
        }

        private func print(id: String, parkedAt: String, event: Document, reasons: [String]) throws {
            if output.isJSON {
                return try Console.printJSON([
                    "id": .string(id), "parkedAt": .string(parkedAt), "event": .document(event),
                    "reasons": .array(reasons.map { .string($0) }),
                ])
            }
            let type = event["type"].flatMap(\.text) ?? ""
            try Console.print("\(id)  \(parkedAt)  \(Console.cyan(type))  " + reasons.joined(separator: "; "))
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Append them now; what is refused again stays, with its new reasons.")

        @OptionGroup var choice: Choice
        @OptionGroup var place: StorePlace
        @OptionGroup var output: Output

        func run() async throws {
            var refused = 0
            try await place.askWaiting(isSilent: output.isJSON) { store in
                for id in try await choice.chosen(store) {
                    do { try tell(id, position: try await store.retryParked(id).position) } catch let error
                        as AppendError
                    {
                        guard case .refused = error else { throw error }
                        refused += 1
                        Console.note("\(id)  \(error)")
                    }
                }
            } through: { client in
                for id in try await choice.chosen(client) {
                    do { try tell(id, position: try await client.retryParked(id)) } catch let error as ClientError {
                        guard error.isRefusal else { throw error }
                        refused += 1
                        Console.note("\(id)  \(error)")
                    }
                }
            }
            if refused > 0 { throw Failure(.badData, "\(refused) were refused again") }
        }

        private func tell(_ id: String, position: UInt64) throws {
            if output.isJSON {
                try Console.printJSON(["id": .string(id), "position": .int64(Int64(clamping: position))])
            } else {
                try Console.print("\(id)  at position \(position)")
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget them for good.")

        @OptionGroup var choice: Choice
        @OptionGroup var place: StorePlace

        func run() async throws {
            try await place.askWaiting(isSilent: true) { store in
                for id in try await choice.chosen(store) { try await store.parked.discard(id) }
            } through: { client in
                for id in try await choice.chosen(client) { try await client.discardParked(id) }
            }
        }
    }
}

extension ClientError {
    /// The event is refused again, as `AppendError.refused` says of a store.
    fileprivate var isRefusal: Bool {
        if case .problem(let problem) = self { problem.name == "refused" } else { false }
    }
}
