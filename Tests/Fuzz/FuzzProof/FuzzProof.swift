import BSON
import FuzzDriver
import Proofs

/// Notes, keys and proofs from anybody: refused, or read as something that is written the same again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProof(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { bytes in
        let bytes = Array(bytes)
        if let note = try? SignedNote(bytes) {
            precondition(Array(note.description.utf8) == bytes, "a note is not what was read")
            if let checkpoint = try? LogCheckpoint(note) {
                precondition(checkpoint.text == note.text, "a checkpoint is not what was read")
            }
        }
        if let notes = try? SignedNote.all(in: bytes) { precondition(notes.count <= bytes.count) }
        if let text = String(validating: bytes, as: UTF8.self) {
            if let key = try? NoteKey(text) { precondition(key.description == text, "a key is not what was read") }
            _ = try? NoteSigner(text)
        }
        guard let document = try? JSON.parse(bytes, extended: false) else { return }
        if let proof = try? EventProof(document) {
            precondition(proof.document == document || proof.document.count == document.count)
            // Nobody signed it.
            let proven = try? proof.check(against: nil, key: nil)
            precondition(proven == nil || proof.key.verifies(proof.checkpoint), "proven without a signature")
        }
        if let proof = try? ExtensionProof(document) { _ = try? proof.check(against: proof.checkpoint, key: nil) }
    }
}
