import Annals
import ArgumentParser
import BSON
import Proofs

struct ReplayCheckpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Sign how far the log is, and print it: keep it elsewhere.",
        discussion: """
            A signed note (C2SP tlog-checkpoint): the log's name, how many events it has, the root over all of them, and a \
            signature. Whoever keeps one can later show that anything before it was changed (replay verify --against). It \
            is kept in DIR/checkpoints too.
            """)

    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let note = try store.checkpoint()
            guard output.isJSON else { return try Console.write(Array("\(note)".utf8)) }
            let checkpoint = try LogCheckpoint(note)
            try Console.printJSON([
                "origin": .string(checkpoint.origin), "position": .int64(Int64(clamping: checkpoint.size)),
                "root": .string("\(checkpoint.root)"), "key": .string("\(try store.signingKey())"),
                "note": .string("\(note)"),
            ])
        }
    }
}

/// `annals replay key`.
struct ReplayKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The key that checkpoints are checked with: give it to auditors.")

    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let key = try store.signingKey()
            if output.isJSON {
                try Console.printJSON(["key": .string("\(key)")])
            } else {
                try Console.print("\(key)")
            }
        }
    }
}
