internal import Annals
internal import BSON
internal import Schema

/// What becomes of a refused event where the request says `onRefusal=park`: it is kept aside, and the answer says so.
struct Parking: Sendable {
    private let store: Store
    private let caller: Caller
    private let isHistory: Bool

    init(_ store: Store, _ terms: AppendTerms, _ caller: Caller) {
        self.store = store
        self.caller = caller
        isHistory = terms.isHistory
    }

    /// Keeps an object that is no event, where its sender may append what it says it is.
    func park(unreadable object: Document, _ refusals: Refusals) async throws(Problem) -> Document {
        try caller.require(appending: refusals.eventType, store.catalogue)
        return try await park(object, [(0, refusals)])
    }

    /// - Returns: what to answer with the status 202; `nil` where it was refused for what parking cannot mend.
    func park(_ event: Document, _ error: AppendError) async throws(Problem) -> Document? {
        guard case .refused(let all) = error else { return nil }
        return try await park(event, all)
    }

    private func park(_ event: Document, _ refused: [(index: Int, refusals: Refusals)]) async throws(Problem)
        -> Document
    {
        let reasons = refused.flatMap(\.refusals.reasons)
        let parked: ParkedEvent
        do throws(ParkingError) {
            parked = try await store.parked.park(
                event, principal: caller.principal, isHistory: isHistory, reasons)
        } catch { throw Problem(error) }
        var answer: Document = ["status": 202, "parked": .string(parked.id)]
        for (name, value) in Problem(refused).document.pairs where ["detail", "errors"].contains(name) {
            answer.append(name, value)
        }
        return answer
    }
}
