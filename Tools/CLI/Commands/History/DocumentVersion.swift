import Annals
import BSON

/// What an event made of a document, without secrets: from a directory and from a server the same.
struct DocumentVersion {
    /// As programs are told: the event's members, what changed, and the whole.
    let document: Document
    let position: UInt64
    let type: String
    let recordedTime: String
    /// Who did it, as far as anybody said.
    let author: String
    let changes: [FieldChange]
    /// `nil` where the event removed it.
    let after: Document?

    /// `before`: the version before, where there is one. `nil`: it is none.
    init?(_ document: Document, after before: DocumentVersion?) {
        guard let position = document["position"]?.position, let type = document["type"]?.text,
            let recordedTime = document["recordedtime"]?.text
        else { return nil }
        self.document = document
        (self.position, self.type, self.recordedTime) = (position, type, recordedTime)
        author = ["principal", "actor"].compactMap { document[$0]?.text }.joined(separator: " for ")
        if case .document(let after)? = document["after"] { self.after = after } else { after = nil }
        // Not those that are told: there a field that is not there looks like one that is null.
        changes = FieldChange.between(before?.after, after)
    }

    /// What is told of the event alone.
    var event: [(String, Value)] {
        document.pairs.filter { $0.name != "changes" && $0.name != "after" }.map { ($0.name, $0.value) }
    }
}
