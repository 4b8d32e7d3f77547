import Annals
import BSON
import Foundation
import Projections

/// `annals import --verbatim`: an export's records into a new store, or behind those that are there.
struct VerbatimCommand {
    let file: String
    let store: StoreDirectory
    let isJSON: Bool

    func run() throws {
        let progress = Progress(isSilent: isJSON)
        let start = Date()
        let report: VerbatimReport
        if try VerbatimImport.isThere(store.path) {
            // Read twice: a bad line at the end must not leave what came before it.
            guard file != "-" else {
                throw Failure(.usage, "a log that is there goes on from a file, not from standard input")
            }
            _ = try read(.tryGoingOn, "checked", progress)
            report = try read(.goOn, "imported", progress)
        } else {
            report = try read(.build, "imported", progress)
        }
        progress.end()
        let seconds = Date().timeIntervalSince(start)
        if isJSON {
            return try Console.printJSON([
                "data": .string(store.path), "origin": .string("\(report.identity.origin)"),
                "position": .int64(Int64(clamping: report.position)), "root": .string("\(report.root)"),
                "newEvents": .int64(Int64(clamping: report.newEvents)), "keys": .bool(report.hasKeys),
                "seconds": .double((seconds * 1000).rounded() / 1000),
            ])
        }
        try Console.print(
            "\(Console.green("imported")) to position \(Figure.grouped(report.position)): "
                + "\(Figure.grouped(report.newEvents)) new events in \(Figure.seconds(seconds))")
        try Console.print("root      \(report.root)")
        if !report.hasKeys { Console.note("without the keys, what is personal reads as erased") }
    }

    private func read(_ mode: VerbatimImport.Mode, _ what: String, _ progress: Progress) throws -> VerbatimReport {
        // Before anything is made: a file that is not there leaves nothing behind.
        let lines = try LineReader(file)
        var options = try store.options()
        options.report = { line in if line.hasPrefix("warning: ") { Console.note(line) } }
        let work = try VerbatimImport(file, into: store.path, mode: mode, collections: allCollections, options: options)
        do {
            try lines.forEachLine { line, number, read in
                try work.add(line)
                if number % 1024 == 0 {
                    progress.show(
                        lines.byteCount > 0
                            ? "\(what) \(min(100, read * 100 / lines.byteCount)) %"
                            : "\(what) \(Figure.grouped(number)) lines")
                }
                return true
            }
            let report = try work.finish()
            if let word = work.masterKeyNotice { Console.note(word) }
            return report
        } catch {
            work.abandon()
            throw error
        }
    }
}
