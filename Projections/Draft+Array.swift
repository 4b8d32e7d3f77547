internal import BSON
internal import Schema

extension Draft {
    /// Adds the elements of an array that the event brings; those that are there already stay as they are.
    func addNew(_ payload: Field<Value>, from event: RecordedEvent, to field: Field<Value>) {
        event.data[payload.path]?.document?.forEach { _, element in
            var isNew = true
            raw(field)?.document?.forEach { _, present in
                if Order.compare(present, element) == 0 { isNew = false }
            }
            if isNew { push(element.owned(), to: field) }
        }
    }
}
