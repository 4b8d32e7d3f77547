import BSON
import EventLog
import Schema
import Views

extension Sequencer {
    enum Sealing {
        /// The draft as it is written.
        case draft(EventDraft)
        case refusal(Refusal)
        case failure(KeyRingError)
    }

    /// What is personal in the event, sealed under the key of the person whom its guard named. Where it named nobody,
    /// nobody can ask for it to be erased, and it stays as it is.
    func seal(_ event: AdmittedEvent, _ data: RawDocument) -> Sealing {
        guard guards.person != nil || guards.isAboutErased else { return .draft(event.draft) }
        let person = guards.person ?? .nobody
        guard let sealed = SealedData(data, of: event.type, person: person) else { return .draft(event.draft) }
        guard !guards.isAboutErased else {
            return .refusal(
                Refusal(
                    .state, "data", "is about a person who was erased: nothing that says who they are can be recorded"))
        }
        do throws(KeyRingError) {
            let keyID = try keyID(for: person)
            var draft = event.draft
            let requestKey = draft.requestKey
            draft.data = try sealed.finish { (plain) throws(KeyRingError) -> [UInt8] in
                try keys.seal(plain, keyID, requestKey: requestKey)
            }
            draft.personKeyID = keyID
            return .draft(draft)
        } catch {
            return .failure(error)
        }
    }

    /// A full disk is told and passes; any other failure stops the store: what a flush did is not known then.
    func keysFailed(_ error: KeyRingError) -> AppendError {
        if case .file(let error) = error, error.isNoSpace { return .diskFull("no space for keys of persons: \(error)") }
        let reason = "the keys of persons: \(error)"
        stop(reason)
        return .stopped(reason)
    }

    private func keyID(for person: Person) throws(KeyRingError) -> Digest16 {
        if let known = batch.keyID(for: person) { return known }
        return try keys.allocate()
    }
}
