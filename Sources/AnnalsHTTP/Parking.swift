internal import Annals
internal import BSON
internal import Schema

/// What becomes of a refused event where the request says `onRefusal=park`: it is kept aside, and the answer says so.
struct Parking: Sendable {
    private let store: Store
    private let principal: String
    private let isHistory: Bool

    init(_ store: Store, _ terms: AppendTerms, _ caller: Caller) {
        self.store = store
        principal = caller.principal
        isHistory = terms.isHistory
    }

    /// - Returns: what to answer with the status 202; `nil` where it was refused for what parking cannot mend.
    func park(_ event: Document, _ error: AppendError) async throws(Problem) -> Document? {
        guard case .refused(let all) = error else { return nil }
        let reasons = all.flatMap(\.refusals.reasons)
        let parked: ParkedEvent
        do throws(ParkingError) {
            parked = try await store.parked.park(event, principal: principal, isHistory: isHistory, reasons)
        } catch { throw Problem(error) }
        var answer: Document = ["status": 202, "parked": .string(parked.id)]
        for (name, value) in Problem(error).document.pairs where ["detail", "errors"].contains(name) {
            answer.append(name, value)
        }
        return answer
    }
}
