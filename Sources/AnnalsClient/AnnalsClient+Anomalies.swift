public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// Events that views could not apply: `anomalies`, no more than `most`, how many there are (`count`), and how many events
    /// are held because of them (`held`).
    /// `withDuplicates`: documents that share a key of a unique index too, as `duplicates`.
    public func anomalies(
        _ collection: String? = nil, most: Int = 100, withDuplicates: Bool = false
    ) async throws(ClientError) -> Document {
        let filter = collection.map { "&collection=\($0.segment)" } ?? ""
        let duplicates = withDuplicates ? "&duplicates=true" : ""
        return try await call(.GET, "/v1/anomalies?most=\(most)\(filter)\(duplicates)").document(url)
    }

    /// Leaves the event out of its view, and has those applied that are held because of it.
    ///
    /// `document`: its `_id` in hex; where the anomaly has none, `position` says which it is.
    public func skipAnomaly(
        _ collection: String, document: String? = nil, position: UInt64? = nil
    ) async throws(ClientError) -> Document {
        var body: Document = ["collection": .string(collection)]
        if let document { body.append("document", .string(document)) }
        if let position { body.append("position", .int64(Int64(clamping: position))) }
        let answer = try await call(.POST, "/v1/anomalies/skip", body: Array(JSON.string(body, style: .relaxed).utf8))
        return try answer.document(url)
    }

    /// Folds the views anew that have anomalies, of these collections or of all; ``rebuilds()`` tells how far they are.
    ///
    /// - Returns: their names.
    public func retryAnomalies(_ collections: [String] = []) async throws(ClientError) -> [String] {
        let body: Document = ["collections": .array(collections.map { .string($0) })]
        let answer = try await call(.POST, "/v1/anomalies/retry", body: Array(JSON.string(body, style: .relaxed).utf8))
        guard case .array(let names)? = try answer.document(url)["collections"] else {
            throw .badAnswer("the answer has no collections")
        }
        return names.compactMap { if case .string(let name) = $0 { name } else { nil } }
    }
}
