import Annals
import ArgumentParser
import BSON
import Foundation
import Projections
import Views

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "What the log makes of the views, for audits.",
        subcommands: [Verify.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replay the whole log and compare every document, index entry, counter and posting.",
            discussion: """
                Every record's checksum and the Merkle root over all records are computed anew. The directory is taken \
                as it lies there: nothing is repaired first. Exit code 1 where anything differs, or a record is damaged.
                """)

        @OptionGroup var store: StoreDirectory
        @OptionGroup var output: Output
        @Flag(help: .hidden) var inThisProcess = false

        func run() throws {
            // A damaged page can end the process that reads it, which must not end the report.
            guard inThisProcess else { return try VerifyingChild.run(isJSON: output.isJSON) }
            let progress = Progress(isSilent: output.isJSON)
            let start = Date()
            let path = try store.existing()
            let report = try Store.verify(
                directory: path, collections: allCollections, options: store.options(), scratch: path + "/verify"
            ) {
                progress.show("replayed \(Figure.grouped($0.position)) of \(Figure.grouped($0.through)) events")
            }
            progress.end()
            if output.isJSON {
                try Console.printJSON(report.document)
            } else {
                try print(report, Date().timeIntervalSince(start))
            }
            if !report.isSound { throw Failure(ExitCode(1), "") }
        }

        private func print(_ report: VerificationReport, _ seconds: Double) throws {
            let verdict =
                report.isSound
                ? Console.green("the views are what the log makes them") : Console.red("the views differ from the log")
            try Console.print("\(verdict) (\(Figure.grouped(report.position)) events, \(Figure.seconds(seconds)))")
            try Console.print("root  \(report.root)")
            if report.isSound, report.viewsPosition < report.position {
                try Console.print("the views are at \(Figure.grouped(report.viewsPosition)); opening replays the rest")
            }
            for difference in report.differences { try Console.print("\(difference)") }
        }
    }
}

extension VerificationReport {
    var document: Document {
        [
            "ok": .bool(isSound), "position": .int64(Int64(clamping: position)),
            "viewsPosition": .int64(Int64(clamping: viewsPosition)), "root": .string("\(root)"),
            "differences": .array(differences.map { .document($0.document) }),
        ]
    }
}

extension Difference {
    var document: Document {
        [
            "kind": .string(kind.rawValue), "collection": .string(collection), "key": .string(key),
            "field": field.map { .string($0) } ?? .null, "live": live.map { .string($0) } ?? .null,
            "replayed": replayed.map { .string($0) } ?? .null,
        ]
    }
}
