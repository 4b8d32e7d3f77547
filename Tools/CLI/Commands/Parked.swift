import Annals
import ArgumentParser
import BSON
import Schema

struct ParkedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked", abstract: "Refused events that were kept aside: look, try again, discard.",
        discussion: "While a server runs on the directory, its /v1/parked does the same.",
        subcommands: [List.self, Retry.self, Discard.self])

    /// One, or all.
    struct Choice: ParsableArguments {
        @Argument(help: "The ids, as `annals parked list` shows them.") var ids: [String] = []
        @Flag(help: "All of them, oldest first.") var all = false

        func chosen(_ store: Store) async throws -> [String] {
            guard all else {
                guard !ids.isEmpty else { throw Failure(.usage, "name an id, or say --all") }
                return ids
            }
            let (events, damaged) = try await store.parked.all()
            return events.map(\.id) + damaged
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The events and why each was refused.")

        @OptionGroup var directory: StoreDirectory
        @OptionGroup var output: Output

        func run() async throws {
            try await directory.withOpenStore(isSilent: output.isJSON) { store in
                let (events, damaged) = try await store.parked.all()
                for parked in events { try print(parked, store) }
                for id in damaged { Console.note("\(id) does not open") }
            }
        }

        private func print(_ parked: ParkedEvent, _ store: Store) throws {
            let event = parked.shown(store.catalogue)
            if output.isJSON {
                return try Console.printJSON([
                    "id": .string(parked.id), "parkedAt": .string(parked.parkedAt.description),
                    "event": .document(event), "reasons": .array(parked.reasons.map { .string($0.description) }),
                ])
            }
            let type = event["type"].flatMap(\.text) ?? ""
            try Console.print(
                "\(parked.id)  \(parked.parkedAt)  \(Console.cyan(type))  "
                    + parked.reasons.map(\.description).joined(separator: "; "))
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Append them now; what is refused again stays, with its new reasons.")

        @OptionGroup var choice: Choice
        @OptionGroup var directory: StoreDirectory
        @OptionGroup var output: Output

        func run() async throws {
            let refused = try await directory.withOpenStore(isSilent: output.isJSON) { store in
                var refused = 0
                for id in try await choice.chosen(store) {
                    do {
                        let receipt = try await store.retryParked(id)
                        if output.isJSON {
                            try Console.printJSON([
                                "id": .string(id), "position": .int64(Int64(clamping: receipt.position)),
                            ])
                        } else {
                            try Console.print("\(id)  at position \(receipt.position)")
                        }
                    } catch let error as AppendError {
                        guard case .refused = error else { throw error }
                        refused += 1
                        Console.note("\(id)  \(error)")
                    }
                }
                return refused
            }
            if refused > 0 { throw Failure(.badData, "\(refused) were refused again") }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget them for good.")

        @OptionGroup var choice: Choice
        @OptionGroup var directory: StoreDirectory

        func run() async throws {
            try await directory.withOpenStore(isSilent: true) { store in
                for id in try await choice.chosen(store) { try await store.parked.discard(id) }
            }
        }
    }
}
