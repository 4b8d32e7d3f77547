import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Proofs

/// `--reads`: the audit trail of reads in place of the log.
struct TrailChoice: ParsableArguments {
    @Flag(help: "Of the audit trail of reads, in place of the log.") var reads = false

    func checkpoint(_ store: Store) throws -> SignedNote {
        try reads ? trail(store) { trail in try trail.checkpoint() } : store.checkpoint()
    }

    func signingKey(_ store: Store) throws -> NoteKey {
        try reads ? trail(store) { trail in try trail.signingKey() } : store.signingKey()
    }

    func trail<R>(_ store: Store, _ body: (ReadTrail) throws -> R) throws -> R {
        let trail = try ReadTrail(store, isReadOnly: true)
        defer { try? trail.close() }
        return try body(trail)
    }
}

struct ReplayCheckpoint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Sign how far the log is, and print it: keep it elsewhere.",
        discussion: """
            A signed note (C2SP tlog-checkpoint): the log's name, how many events it has, the root over all of them, and a \
            signature. Whoever keeps one can later show that anything before it was changed (replay verify --against). It \
            is kept in DIR/checkpoints too; --reads: of the audit trail of reads, kept in DIR/reads/checkpoints.
            """)

    @OptionGroup var choice: TrailChoice
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        try await store.ask(isSilent: output.isJSON) { store in
            try show(try choice.checkpoint(store), key: "\(try choice.signingKey(store))")
        } through: { client in
            let note = try SignedNote(Array(try await client.checkpoint(ofReads: choice.reads).utf8))
            let key = try await client.signingKey(ofReads: choice.reads)
            try show(note, key: String(key.dropLast()))
        }
    }

    private func show(_ note: SignedNote, key: String) throws {
        guard output.isJSON else { return try Console.write(Array("\(note)".utf8)) }
        let checkpoint = try LogCheckpoint(note)
        try Console.printJSON([
            "origin": .string(checkpoint.origin), "position": .int64(Int64(clamping: checkpoint.size)),
            "root": .string("\(checkpoint.root)"), "key": .string(key), "note": .string("\(note)"),
        ])
    }
}

/// `annals replay key`.
struct ReplayKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The key that checkpoints are checked with: give it to auditors.")

    @OptionGroup var choice: TrailChoice
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        try await store.ask(isSilent: output.isJSON) { store in
            try show("\(try choice.signingKey(store))")
        } through: { client in
            try show(String(try await client.signingKey(ofReads: choice.reads).dropLast()))
        }
    }

    private func show(_ key: String) throws {
        if output.isJSON { try Console.printJSON(["key": .string(key)]) } else { try Console.print(key) }
    }
}
