import ArgumentParser
import BSON
import Foundation
import Platform
import Proofs

struct VerifyProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-proof", abstract: "Check a proof, without the store. Exit code 1 where it does not hold.",
        discussion: """
            FILE is what `annals replay prove` printed. The checkpoint is one that you kept, or had from somebody you trust; \
            --key is the log's key as its owner gave it to you. Without --key the key that the proof names is taken: \
            then a proof is worth as much as your checkpoint.
            """)

    @Argument(help: ArgumentHelp("The proof.", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("File with the checkpoint to lead to, or to begin at.", valueName: "file"))
    var checkpoint: String?
    @Option(
        help: ArgumentHelp("The log's key: NAME+ID+BASE64.", valueName: "key"), transform: { try NoteOption.key($0) })
    var key: NoteKey?
    @OptionGroup var output: Output

    func validate() throws {
        guard checkpoint != nil || key != nil else {
            throw ValidationError("give --checkpoint, --key or both: else nothing says whose proof it is")
        }
    }

    func run() throws {
        let outcome = try outcome()
        switch outcome {
        case .success(let proven):
            if output.isJSON {
                try Console.printJSON(["ok": true, "proven": .document(proven)])
            } else {
                try Console.print(Console.green("it holds"))
                for (name, value) in proven.pairs {
                    let text = if case .string(let text) = value { text } else { JSON.string(value, style: .relaxed) }
                    try Console.print(name + String(repeating: " ", count: max(1, 14 - name.count)) + text)
                }
            }
        case .failure(let error):
            if output.isJSON {
                try Console.printJSON(["ok": false, "reason": .string("\(error)")])
            } else {
                try Console.print(Console.red("it does not hold: ") + "\(error)")
            }
            throw Failure(ExitCode(1), "")
        }
    }

    /// A file that is not there is the caller's fault; one that is no proof is no proof.
    private func outcome() throws -> Result<Document, ProofError> {
        guard try FileSystem.system.exists(file) else { throw Failure(.noInput, "there is no file \(file)") }
        let bytes = try FileSystem.system.readWhole(file)
        do throws(ProofError) {
            return .success(try check(try Self.document(bytes)))
        } catch { return .failure(error) }
    }

    private static func document(_ bytes: [UInt8]) throws(ProofError) -> Document {
        do throws(JSONError) { return try JSON.parse(bytes, extended: false) } catch { throw ProofError(error) }
    }

    private func check(_ document: Document) throws(ProofError) -> Document {
        switch document["format"] {
        case .string(ExtensionProof.format)?: try checkExtension(ExtensionProof(document))
        default: try checkEvent(EventProof(document))
        }
    }

    private func checkEvent(_ proof: EventProof) throws(ProofError) -> Document {
        let event = try proof.check(against: note(proof.size), key: key)
        var proven = event.document
        proven.append("events", .int64(Int64(clamping: proof.size)))
        proven.append("signedBy", .string("\(key ?? proof.key)"))
        return proven
    }

    private func checkExtension(_ proof: ExtensionProof) throws(ProofError) -> Document {
        guard let older = try note(proof.from) else {
            throw ProofError("proof", "from", "it takes the checkpoint that it begins at: --checkpoint")
        }
        let checked = try proof.check(against: older, key: key)
        return [
            "origin": .string(checked.newer.origin), "from": .int64(Int64(clamping: checked.older.size)),
            "to": .int64(Int64(clamping: checked.newer.size)), "root": .string("\(checked.newer.root)"),
            "signedBy": .string("\(key ?? proof.key)"),
        ]
    }

    /// A file that cannot be read as checkpoints is one that was altered.
    private func note(_ size: UInt64) throws(ProofError) -> SignedNote? {
        guard let checkpoint else { return nil }
        do { return try NoteOption.note(checkpoint, size: size) } catch {
            throw ProofError("checkpoint", "", "\(error)")
        }
    }
}
