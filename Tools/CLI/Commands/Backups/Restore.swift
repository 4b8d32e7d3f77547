import Annals
import ArgumentParser
import BSON
import Foundation
import Projections

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a store of a backup, as it was at its end or at any position or moment.",
        discussion: """
            Every byte of the backup is checked before anything is made, and the views are made anew. Restored to its end, it is \
            the same log, which goes on. Restored to an earlier position it is a log of its own, which names the one it \
            continues, and signs checkpoints under a name of its own. Who was erased after that position stays erased. Where the             backup says what the views' roots were at that position, they are compared: exit code 1 where one is another now.
            """)

    @Argument(help: ArgumentHelp("Directory of the backup.", valueName: "backup")) var backup: String
    @Option(
        help: ArgumentHelp(
            "A position, or the last that was recorded by a time such as 2026-01-31T12:00:00Z.", valueName: "p|time"),
        transform: { try point($0) }) var to: RestorePoint?
    @Flag(
        help: ArgumentHelp(
            "A log of its own also where all is restored: for a log that had gone further than its backup, and others have "
                + "seen it."))
    var newOrigin = false
    @Flag(help: "Check every byte of the backup, and make nothing.") var check = false
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    private static func point(_ text: String) throws -> RestorePoint {
        if let position = UInt64(text) { return .position(position) }
        guard let time = DateTime(rfc3339: text) else {
            throw ValidationError("\(text) is neither a position nor a time such as 2026-01-31T12:00:00Z")
        }
        return .moment(time)
    }

    func validate() throws {
        if !check, store.data == nil { throw ValidationError("--data DIR says where the store is to be made") }
    }

    func run() throws {
        let progress = Progress(isSilent: output.isJSON)
        let start = Date()
        let report = try check ? nil : restored(progress)
        let survey = try report?.survey ?? checked(progress)
        progress.end()
        let seconds = Date().timeIntervalSince(start)
        let differing = report?.views?.differing ?? []
        if output.isJSON {
            try Console.printJSON(document(survey, report, seconds))
        } else {
            try print(survey, report, seconds)
        }
        if !differing.isEmpty { throw Failure(ExitCode(1), "") }
    }

    private func print(_ survey: BackupSurvey, _ report: RestoreReport?, _ seconds: Double) throws {
        let position = Figure.grouped(survey.position)
        if let report {
            try Console.print(
                "\(Console.green("restored")) to position \(position), recorded \(survey.time), in "
                    + "\(Figure.seconds(seconds))")
            try Console.print("root      \(survey.root)")
            if let ancestor = report.identity.ancestors.last, report.identity.origin != ancestor.origin {
                try Console.print("log       \(report.identity.origin)")
                try Console.print("continues \(ancestor.origin) from position \(Figure.grouped(ancestor.position)) on")
            }
            if let views = report.views { try print(views) }
            if survey.erasedLater > 0 {
                Console.note(
                    "keys of \(survey.erasedLater) persons stay destroyed whose erasure came later: erase them again, so that "
                        + "the log says so")
            }
        } else {
            try Console.print(
                "\(Console.green("the backup is sound")) (\(position) events, \(Figure.seconds(seconds)))")
            try Console.print("root      \(survey.root)")
        }
    }

    private func print(_ views: ViewComparison) throws {
        let same = views.compared - views.differing.count
        if same > 0 { try Console.print("views     \(same) have the roots that they had when the backup was made") }
        for view in views.differing {
            try Console.print(
                Console.red("\(view.name) is not what it was when the backup was made")
                    + ": root \(view.expected) then, \(view.found) now. The log is the same: its projector makes something "
                    + "else of it, though it is declared as then")
        }
        if !views.notCompared.isEmpty {
            Console.note(
                "not compared, since they are declared otherwise now than then: "
                    + views.notCompared.joined(separator: ", "))
        }
    }

    private func checked(_ progress: Progress) throws -> BackupSurvey {
        do throws(BackupError) {
            return try BackupReader(backup).survey(to ?? .end) { position, through in
                progress.show("checked \(Figure.grouped(position)) of \(Figure.grouped(through)) events")
            }
        } catch { throw StoreError.backup(error) }
    }

    private func restored(_ progress: Progress) throws -> RestoreReport {
        var options = try store.options()
        options.report = { line in
            if line.hasPrefix("warning: ") { Console.note(line) } else { progress.show(line) }
        }
        return try Store.restore(
            backup, to: store.path, to ?? .end, startsNewLog: newOrigin, collections: allCollections, options: options
        ) { what, position, through in
            progress.show("\(what) \(Figure.grouped(position)) of \(Figure.grouped(through)) events")
        }
    }

    private func document(_ survey: BackupSurvey, _ report: RestoreReport?, _ seconds: Double) -> Document {
        var document: Document = [
            "position": .int64(Int64(clamping: survey.position)), "root": .string("\(survey.root)"),
            "recordedTime": .string("\(survey.time)"), "backupPosition": .int64(Int64(clamping: survey.endPosition)),
            "erasedLater": .int64(Int64(survey.erasedLater)), "restored": .bool(report != nil),
            "seconds": .double((seconds * 1000).rounded() / 1000),
        ]
        guard let report else { return document }
        document.append("data", .string(store.path))
        document.append("views", .string(report.tookViews ? "taken" : "made anew"))
        document.append("origin", .string("\(report.identity.origin)"))
        if let views = report.views { document.append("roots", .document(views.document)) }
        if let ancestor = report.identity.ancestors.last {
            document.append(
                "continues",
                [
                    "origin": .string("\(ancestor.origin)"), "position": .int64(Int64(clamping: ancestor.position)),
                    "root": .string("\(ancestor.root)"),
                ])
        }
        return document
    }
}

extension ViewComparison {
    fileprivate var document: Document {
        [
            "compared": .int64(Int64(compared)), "notCompared": .array(notCompared.map { .string($0) }),
            "differing": .array(
                differing.map { view in
                    .document([
                        "collection": .string(view.name), "expected": .string("\(view.expected)"),
                        "found": .string("\(view.found)"),
                    ])
                }),
        ]
    }
}
