import BSON
import EventLog
import Schema
import Views

/// Business ids that count within a day (`TICKET-20240131-001`): the number is given here, where the order of the log is
/// known, and stands in the record. Replay finds it there.
extension Sequencer {
    /// The event with the first free number, or one close by: found by doubling and halving, in a handful of look-ups
    /// however many there are.
    func numbered(_ event: AdmittedEvent, _ field: Catalogue.NumberedField) -> AdmittedEvent {
        let stem = event.draft.data.withRaw { $0.value(named: field.name)?.string } ?? ""
        func isTaken(_ number: Int) -> Bool { self.isTaken(Self.businessID(stem, number), event.type.event, field) }
        var free = 1
        while isTaken(free), free < 1 << 40 { free *= 2 }
        var taken = free / 2
        while free - taken > 1 {
            let middle = (free + taken) / 2
            if isTaken(middle) { taken = middle } else { free = middle }
        }
        return event.numbered(stem, Self.businessID(stem, free), field)
    }

    private static func businessID(_ stem: String, _ number: Int) -> String {
        let digits = String(number)
        return stem + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    /// A document has this id, or one had: its stream is there even where the document was deleted.
    private func isTaken(_ id: String, _ event: Event, _ field: Catalogue.NumberedField) -> Bool {
        var subject = event.stream + "/" + id
        if subject.withUTF8({ batch.streamVersion(UnsafeRawBufferPointer($0)) }) > 0 { return true }
        let pattern = field.collection.indexes[field.index].pattern
        var key: [UInt8] = []
        id.encodeKey(descending: pattern.parts[0].descending, limit: pattern.componentLimit, into: &key)
        return key.withUnsafeBytes { batch.locate(field.collection.number, uniqueIndex: field.index, key: $0) } >= 0
    }
}

extension AdmittedEvent {
    /// With the whole id in the data, and in the subject where that was made of it.
    fileprivate func numbered(_ stem: String, _ id: String, _ field: Catalogue.NumberedField) -> AdmittedEvent {
        var event = self
        event.awaitsNumber = false
        event.draft.data = draft.data.setting(field.name, to: .string(id))
        let stream = type.event.stream + "/"
        if draft.subject == stream + stem { event.draft.subject = stream + id }
        return event
    }
}
