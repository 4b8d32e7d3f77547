import Annals
import ArgumentParser
import BSON
import Proofs

struct ReplayProve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Make a proof that can be checked without the store (annals verify-proof).",
        discussion: """
            --position P proves one event: its record, and the hashes that lead from it to a checkpoint's root. --from FILE \
            proves that the log of today holds all that it held at a checkpoint that you kept. A JSON object, on standard \
            output.

            The record's data is withheld, its digest in its place, where its type has secrets (passwords, tokens).
            """)

    @Option(help: ArgumentHelp("The event.", valueName: "position")) var position: UInt64?
    @Option(help: ArgumentHelp("File with the checkpoint to begin at.", valueName: "file")) var from: String?
    @Option(
        help: ArgumentHelp(
            "File with the checkpoint to prove it for; the newest unless given.", valueName: "file"))
    var checkpoint: String?
    @Flag(help: "Leave the event's data out; its digest proves the rest all the same.") var withholdData = false
    @OptionGroup var choice: TrailChoice
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func validate() throws {
        guard (position == nil) != (from == nil) else {
            throw ValidationError("give one of --position and --from")
        }
        guard !choice.reads || (from != nil && checkpoint == nil) else {
            throw ValidationError("--reads goes with --from alone")
        }
    }

    func run() throws {
        let size = try checkpoint.map { try NoteOption.newest($0).size }
        let start = try from.map { try NoteOption.newest($0).size }
        try store.withStore(isSilent: true) { store in
            if let position {
                try Console.printJSON(
                    store.proof(ofEventAt: position, size: size, withholdsData: withholdData).document)
            } else if let start, choice.reads {
                try Console.printJSON(choice.trail(store) { try $0.proof(extending: start) }.document)
            } else if let start {
                try Console.printJSON(store.proof(extending: start, to: size).document)
            }
        }
    }
}
