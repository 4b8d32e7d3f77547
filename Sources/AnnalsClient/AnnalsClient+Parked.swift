public import BSON
internal import NIOHTTP1

/// Refused events that were kept aside.
extension AnnalsClient {
    /// All of them, oldest first, each with its reasons; and the ids of those that do not open.
    public func parked() async throws(ClientError) -> (events: [Document], damaged: [String]) {
        let answer = try await call(.GET, "/v1/parked").document(url)
        guard case .array(let events)? = answer["events"], case .array(let damaged)? = answer["damaged"] else {
            throw .badAnswer("\(url) gives no parked events")
        }
        return (
            events.compactMap { if case .document(let event) = $0 { event } else { nil } },
            damaged.compactMap { if case .string(let id) = $0 { id } else { nil } }
        )
    }

    /// Appends one now.
    /// - Returns: its position.
    public func retryParked(_ id: String) async throws(ClientError) -> UInt64 {
        let receipt = try await call(.POST, "/v1/parked/\(id.segment)/retry").document(url)
        guard let position = receipt["position"]?.wholeNumber else { throw .badAnswer("\(url) gives no position") }
        return position
    }

    /// Forgets one for good.
    public func discardParked(_ id: String) async throws(ClientError) {
        let answer = try await call(.DELETE, "/v1/parked/\(id.segment)")
        if answer.status != 204 { _ = try answer.document(url) }
    }
}
