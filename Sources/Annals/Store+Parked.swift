import BSON
import Schema

extension Store {
    /// Tries a parked event again, as who sent it. Accepted, it is forgotten; refused again, it stays with the new reasons.
    public func retryParked(_ id: String) async throws -> Receipt {
        let parked = try await parked.get(id)
        do throws(AppendError) {
            let event: NewEvent
            do throws(Refusals) {
                event = try parked.event.withRaw { (raw) throws(Refusals) in try CloudEvent.parse(raw) }
            } catch { throw AppendError.refused([(0, error)]) }
            let receipt = try await append(event, principal: parked.principal, isHistory: parked.isHistory)
            try? await self.parked.discard(id)
            return receipt
        } catch {
            if case .refused(let all) = error {
                _ = try await self.parked.park(
                    parked.event, principal: parked.principal, isHistory: parked.isHistory,
                    all.flatMap(\.refusals.reasons), since: parked.parkedAt)
            }
            throw error
        }
    }
}
