internal import Annals
internal import EventLog
internal import HTTPTypes
internal import Query

/// A cursor as callers carry it: its text, a dot, and a keyed hash of it and of the question that it belongs to. So none
/// goes on where it was not given out, and nobody makes one.
struct SealedCursor {
    let cursor: FindCursor
    let text: String

    init(_ cursor: FindCursor, _ question: [UInt8], _ store: Store) {
        self.cursor = cursor
        let body = cursor.text
        text = "\(body).\(store.seal(body, for: question))"
    }

    /// - Throws: it was not given out for this question, by this store, over these declarations.
    init(_ text: String, _ question: [UInt8], _ store: Store) throws(Problem) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let seal = Digest16(hex: parts[1]), seal == store.seal(parts[0], for: question),
            // Digits have one form.
            parts[1] == seal.description
        else {
            throw Problem(
                .badRequest, "cursor", "The cursor is not of this question",
                "send what an answer gave, whole, with the question it answered: filter, sort, skip, projection, hint and "
                    + "consistent")
        }
        do throws(QueryError) { cursor = try FindCursor(parts[0]) } catch { throw Problem(error) }
        self.text = text
    }
}
