import Annals
import ArgumentParser

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Append the events of a file: one CloudEvent in JSON per line, gzip or not.",
        discussion: """
            An event that is in the log already, told by its source and id, is counted and not appended again: an import \
            that was cut short is simply run again.
            """)

    enum OnError: String, ExpressibleByArgument, CaseIterable { case stop, skip }

    @Argument(help: "The file; - for standard input.") var file: String
    @Option(help: ArgumentHelp("Send the events to this server in place of a directory.", valueName: "url"))
    var url: String?
    @Option(
        name: .customLong("on-error"),
        help: "skip: count refused events and go on; stop: append nothing that follows the first one (exit code 65).")
    var onError = OnError.skip
    @Option(
        name: .customLong("in-flight"),
        help: ArgumentHelp(
            "Into a directory: lines read ahead of their answers, long ones counted once for each KiB. Fewer need less memory.",
            valueName: "lines"))
    var inFlight = LocalImport.usualWindow
    @Flag(
        help: ArgumentHelp(
            "The lines are an export's, records as they were: makes an equal log, with the same root, or lets the one that is "
                + "there go on. All or nothing.")) var verbatim = false
    @OptionGroup var key: ServerKey
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func validate() throws {
        if verbatim, url != nil { throw ValidationError("--verbatim takes a directory to itself, not --url") }
        if !(1...1_000_000).contains(inFlight) { throw ValidationError("--in-flight must be from 1 to 1000000") }
    }

    func run() throws {
        if verbatim { return try VerbatimCommand(file: file, store: store, isJSON: output.isJSON).run() }
        let progress = Progress(isSilent: output.isJSON)
        let report: ImportReport
        if let url {
            let remote = RemoteImport(url: url, key: try key.text(), progress: progress)
            let lines = try LineReader(file)
            report = onError == .stop ? try remote.stoppingAtRefusal(lines) : try remote.skippingRefused(lines)
        } else {
            report = try local(progress)
        }
        progress.end()
        if output.isJSON { try Console.printJSON(report.document) } else { try report.print() }
        if onError == .stop, report.refused > 0 { throw Failure(.badData, "") }
    }

    private func local(_ progress: Progress) throws -> ImportReport {
        // Before the store is made: a file that is not there leaves none behind.
        let lines = try LineReader(file)
        return try store.withStore(isSilent: output.isJSON, create: true) { store in
            let local = LocalImport(store: store, progress: progress, window: inFlight)
            return onError == .stop ? try local.stoppingAtRefusal(lines) : try local.skippingRefused(lines)
        }
    }
}
