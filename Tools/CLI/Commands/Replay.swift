import Annals
import AnnalsClient
import AnnalsHTTP
import ArgumentParser
import BSON
import Foundation
import Platform
import Projections
import Proofs
import Views

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "What the log makes of the views, for audits.",
        subcommands: [
            Verify.self, ReplayHistory.self, ReplayWhy.self, ReplayBlame.self, ReplayDiff.self,
            ReplayWhatIf.self, ReplayCheckpoint.self,
            ReplayProve.self, ReplayKey.self,
        ])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replay the whole log and compare every document, index entry, counter and posting.",
            discussion: """
                Every record's checksum and the Merkle root over all records are computed anew. The directory is taken \
                as it lies there: nothing is repaired first. Beside a server that has it open, snapshots are read that the server \
                holds meanwhile. All of it happens in a process of its own, which a damaged page may end. The log must lead to \
                every signed checkpoint in DIR/checkpoints, and to those given with --against. The audit trail of reads is \
                verified the same way, where there is one and no server writes it. Exit code 1 where anything differs, or a record is damaged.
                """)

        @Option(
            help: ArgumentHelp(
                "File of checkpoints that you kept elsewhere: a log that was cut, rolled back or written anew does not lead "
                    + "to them. May be given more than once.", valueName: "file"))
        var against: [String] = []
        @Option(
            help: ArgumentHelp("The key that must have signed them; the store's own unless given.", valueName: "key"),
            transform: { try NoteOption.key($0) }) var key: NoteKey?

        @Option(
            help: ArgumentHelp(
                "Keep in this file up to where the log was verified, and go on from there where a run was ended. Gone once there "
                    + "is a verdict.", valueName: "file")) var resume: String?

        @OptionGroup var store: StoreDirectory
        @OptionGroup var output: Output
        @Flag(help: .hidden) var inThisProcess = false

        func run() throws {
            // A damaged page can end the process that reads it, which must not end the report.
            let path = try store.existing()
            guard inThisProcess else {
                // What it folds is in clear, and a process that is killed removes nothing.
                return try VerifyingChild.run(isJSON: output.isJSON) { try Store.removeLeftVerification(of: path) }
            }
            VerifyingChild.endWithParent()
            let progress = Progress(isSilent: output.isJSON)
            let start = Date()
            let report = try report(path, progress)
            progress.end()
            if output.isJSON {
                try Console.printJSON(report.document)
            } else {
                try print(report, Date().timeIntervalSince(start))
            }
            if !report.isSound { throw Failure(ExitCode(1), "") }
        }

        private func report(_ path: String, _ progress: Progress) throws -> VerificationReport {
            do { return try report(path, progress, beside: nil) } catch let error as StoreError {
                let socket = LocalDoor.path(inStore: path)
                guard case .inUse = error, try FileSystem.system.exists(socket) else { throw error }
                let client = AnnalsClient(socket: socket, attempts: 2)
                defer { try? Waiting.run { try await client.close() } }
                return try report(path, progress, beside: ServerHolds(client))
            }
        }

        private func report(_ path: String, _ progress: Progress, beside holds: ServerHolds?) throws
            -> VerificationReport
        {
            try Store.verify(
                directory: path, collections: allCollections, options: store.options(),
                scratch: Store.verificationScratch(of: path),
                against: against.flatMap { try NoteOption.notes($0) }, key: key, resume: resume, beside: holds
            ) { state in
                let (position, through) = (Figure.grouped(state.position), Figure.grouped(state.through))
                switch state.step {
                case .compared: progress.show("comparing the views at \(position)")
                default: progress.show("\(state.step) \(position) of \(through) events")
                }
            }
        }

        private func print(_ report: VerificationReport, _ seconds: Double) throws {
            let verdict =
                report.isSound
                ? Console.green("the views are what the log makes them") : Console.red("the views differ from the log")
            try Console.print("\(verdict) (\(Figure.grouped(report.position)) events, \(Figure.seconds(seconds)))")
            try Console.print("root  \(report.root)")
            if report.resumedAt > 0 {
                try Console.print("an earlier run had verified the log up to \(Figure.grouped(report.resumedAt))")
            }
            if report.checkpoints > 0 {
                try Console.print("held against \(Figure.grouped(UInt64(report.checkpoints))) signed checkpoints")
            }
            if report.isSound, report.viewsPosition < report.position {
                try Console.print("the views are at \(Figure.grouped(report.viewsPosition)); opening replays the rest")
            }
            try printAnomalies(report)
            if let reads = report.reads {
                try Console.print(
                    "reads \(reads.root) (\(Figure.grouped(reads.position)) entries, "
                        + "\(Figure.grouped(UInt64(reads.checkpoints))) signed checkpoints)")
            }
            if report.leavesOutReads {
                try Console.print("the audit trail of reads was not looked at: a server writes it; stop it for that")
            }
            for difference in report.differences { try Console.print("\(difference)") }
        }
    }
}

extension ReplayCommand.Verify {
    private func printAnomalies(_ report: VerificationReport) throws {
        let count = report.anomalyCount
        guard count.anomalies > 0 else { return }
        try Console.print(
            "\(Figure.grouped(count.anomalies)) events could not be applied to a view, "
                + "\(Figure.grouped(count.held)) later ones are held there:")
        for anomaly in report.anomalies {
            let document = anomaly.document.map { "/\($0)" } ?? ""
            try Console.print(
                "  \(anomaly.collection)\(document) at position \(anomaly.position), \(anomaly.eventType): \(anomaly.reason)"
            )
        }
    }
}

extension VerificationReport {
    var document: Document {
        var document: Document = [
            "ok": .bool(isSound), "position": .int64(Int64(clamping: position)),
            "viewsPosition": .int64(Int64(clamping: viewsPosition)), "root": .string("\(root)"),
            "views": roots?.document["views"] ?? .null, "checkpoints": .int64(Int64(checkpoints)),
            "resumedAt": .int64(Int64(clamping: resumedAt)),
            "anomalies": .array(anomalies.map { .document($0.described) }),
            "anomalyCount": .int64(Int64(anomalyCount.anomalies)), "eventsHeld": .int64(Int64(anomalyCount.held)),
            "differences": .array(differences.map { .document($0.document) }),
        ]
        if leavesOutReads { document.append("readsLeftOut", .bool(true)) }
        if let reads {
            document.append(
                "reads",
                [
                    "position": .int64(Int64(clamping: reads.position)), "root": .string("\(reads.root)"),
                    "checkpoints": .int64(Int64(reads.checkpoints)),
                ])
        }
        return document
    }
}
