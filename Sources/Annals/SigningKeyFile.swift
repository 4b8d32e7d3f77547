import EventLog
import Platform
import Proofs

/// The key that signs checkpoints: one line, secret, and beside it (`.pub`) the line that auditors are given.
struct SigningKeyFile: Sendable {
    let path: String
    let fileSystem: FileSystem

    /// The key; `nil` where there is none yet.
    func load() throws(CheckpointError) -> NoteSigner? {
        let found = try CheckpointError.wrapping { () throws(FileError) -> (UInt32, [UInt8])? in
            guard let status = try fileSystem.status(path) else { return nil }
            return (status.permissions, try fileSystem.readWhole(path))
        }
        guard let (permissions, bytes) = found else { return nil }
        guard permissions & 0o077 == 0 else {
            throw .key(path: path, problem: "others may read it: chmod 600 it")
        }
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else {
            throw .key(path: path, problem: "it is not a line of text")
        }
        do throws(ProofError) { return try NoteSigner(String(text.dropLast())) } catch {
            throw .key(path: path, problem: "\(error)")
        }
    }

    /// - Parameter seed: 32 random bytes.
    func make(name: String, seed: [UInt8]) throws(CheckpointError) -> NoteSigner {
        let signer: NoteSigner
        do throws(ProofError) { signer = try NoteSigner(name: name, seed: seed) } catch {
            throw .key(path: path, problem: "\(error)")
        }
        try CheckpointError.wrapping { () throws(FileError) in
            try fileSystem.writeAtomically(path, Array("\(signer.text)\n".utf8))
            try fileSystem.writeAtomically(path + ".pub", Array("\(signer.key)\n".utf8))
        }
        return signer
    }
}
