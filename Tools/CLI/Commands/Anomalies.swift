import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Foundation

struct AnomaliesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomalies",
        abstract: "Events that a view could not apply: look, try again, leave out.",
        discussion: """
            An event that today's projector cannot apply stops nothing: its document stays in that view as it was before, \
            later events of the document are held there, everything else goes on. A view whose projector has a new version is \
            folded anew by itself; `retry` does so for one that was mended without, `skip` leaves the event out.
            """,
        subcommands: [List.self, Retry.self, Skip.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Which events, why, and how many are held since.")

        @Argument(help: "Of this collection; of all unless given.") var collection: String?
        @Option(help: ArgumentHelp("How many are told one by one.", valueName: "number")) var most = 100
        @Flag(
            help:
                "Documents too that share a key of a unique index, as a stricter declaration finds them; reads those indexes."
        )
        var duplicates = false
        @OptionGroup var place: StorePlace
        @OptionGroup var output: Output

        func validate() throws {
            if !(1...10_000).contains(most) { throw ValidationError("--most must be from 1 to 10000") }
        }

        func run() async throws {
            try await place.ask(isSilent: output.isJSON) { store in
                let (anomalies, count) = try store.anomalies(collection, limit: most)
                var answer: Document = [
                    "anomalies": .array(anomalies.map { .document($0.described) }),
                    "count": .int64(Int64(count.anomalies)), "held": .int64(Int64(count.held)),
                ]
                if duplicates {
                    let all = try store.duplicates(collection, limit: most)
                    answer.append("duplicates", .array(all.map { .document($0.described) }))
                }
                try show(answer)
            } through: { client in
                try show(try await client.anomalies(collection, most: most, withDuplicates: duplicates))
            }
        }

        private func show(_ answer: Document) throws {
            if output.isJSON { return try Console.printJSON(answer) }
            try showAnomalies(answer)
            guard case .array(let duplicates)? = answer["duplicates"], !duplicates.isEmpty else { return }
            var table = Table([("one key of", .left), ("documents", .right), ("the first", .left)])
            for case .document(let duplicate) in duplicates {
                guard case .array(let documents)? = duplicate["documents"] else { continue }
                table.add(
                    "\(duplicate["collection"]?.text ?? "").\(duplicate["index"]?.text ?? "")",
                    Figure.grouped(duplicate["count"]?.integer ?? 0),
                    documents.prefix(3).compactMap(\.text).joined(separator: ", "))
            }
            try table.print()
        }

        private func showAnomalies(_ answer: Document) throws {
            guard let count = answer["count"]?.integer, count > 0, case .array(let all)? = answer["anomalies"] else {
                return try Console.print("none")
            }
            var table = Table([
                ("what", .left), ("position", .right), ("held", .right), ("event", .left), ("why", .left),
            ])
            for case .document(let anomaly) in all {
                table.add(
                    AnomalyName(anomaly).text, Figure.grouped(anomaly["position"]?.integer ?? 0),
                    Figure.grouped(anomaly["held"]?.integer ?? 0), anomaly["type"]?.text ?? "",
                    anomaly["reason"]?.text ?? "")
            }
            try table.print()
            if all.count < count { Console.note("\(Figure.grouped(count)) in all; --most tells more") }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fold the views anew that have some, while the old ones serve.")

        @Argument(help: "Of these collections; of all unless given.") var collections: [String] = []
        @OptionGroup var place: StorePlace
        @OptionGroup var output: Output

        func run() async throws {
            try await place.ask(isSilent: output.isJSON) { store in
                let names = try store.retryAnomalies(collections)
                let watch = RebuildWatch(isSilent: output.isJSON, names: names)
                while !names.isEmpty, !watch.isOver(store.rebuilds.statuses.map(\.document)) { usleep(50_000) }
                try say(names, watch, store.rebuilds.statuses.map(\.document))
            } through: { client in
                let names = try await client.retryAnomalies(collections)
                let watch = RebuildWatch(isSilent: output.isJSON, names: names)
                while !names.isEmpty, !watch.isOver(try await client.rebuilds()) {
                    try await Task.sleep(for: .milliseconds(200))
                }
                try say(names, watch, try await client.rebuilds())
            }
        }

        private func say(_ names: [String], _ watch: RebuildWatch, _ rebuilds: [Document]) throws {
            guard names.isEmpty else {
                _ = try watch.say(rebuilds, output)
                return
            }
            if output.isJSON { try Console.printJSON(["rebuilds": []]) } else { try Console.print("none") }
        }
    }

    struct Skip: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Leave an event out of its view, and apply what was held because of it, in its order.",
            discussion: """
                It is an event itself (system.anomalySkipped), so that every replay does the same. Where a held event cannot be \
                applied either, it is the new anomaly.
                """)

        @Argument(
            help: ArgumentHelp(
                "As `annals anomalies list` shows it: COLLECTION/ID, or COLLECTION/@POSITION where no document is held.",
                valueName: "what"),
            transform: { try AnomalyName(parsing: $0) }) var name: AnomalyName
        @OptionGroup var place: StorePlace
        @OptionGroup var output: Output

        func run() async throws {
            try await place.askWaiting(isSilent: output.isJSON) { store in
                let anomaly = try store.anomaly(
                    name.collection, name.document.flatMap { ObjectID(hex: $0) }, at: name.position)
                try say(Int64(clamping: try await store.skip(anomaly).position))
            } through: { client in
                let receipt = try await client.skipAnomaly(
                    name.collection, document: name.document, position: name.position)
                try say(receipt["position"]?.integer ?? 0)
            }
        }

        private func say(_ position: Int64) throws {
            if output.isJSON {
                try Console.printJSON(["skipped": .string(name.text), "position": .int64(position)])
            } else {
                try Console.print("\(name.text)  skipped at position \(Figure.grouped(position))")
            }
        }
    }
}

/// What an anomaly is called: by the document that is held, or by its position where none is.
struct AnomalyName {
    let collection: String
    /// In hex.
    let document: String?
    let position: UInt64?

    init(_ anomaly: Document) {
        collection = anomaly["collection"]?.text ?? ""
        document = anomaly["document"]?.text
        position = document == nil ? anomaly["position"]?.integer.map { UInt64(clamping: $0) } : nil
    }

    init(parsing text: String) throws {
        let parts = text.split(separator: "/", maxSplits: 1).map { String($0) }
        guard parts.count == 2 else { throw ValidationError("\(text) is not COLLECTION/ID or COLLECTION/@POSITION") }
        collection = parts[0]
        if parts[1].hasPrefix("@") {
            guard let number = UInt64(parts[1].dropFirst()) else {
                throw ValidationError("\(parts[1]) is not @ and a position")
            }
            (document, position) = (nil, number)
        } else {
            guard ObjectID(hex: parts[1]) != nil else { throw ValidationError("\(parts[1]) is not 24 hex digits") }
            (document, position) = (parts[1], nil)
        }
    }

    var text: String { "\(collection)/\(document ?? position.map { "@\($0)" } ?? "")" }
}
