public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// Views that are folded anew, or were since the server started: of each `collection`, `state`, `position`, `through`
    /// and what else there is to say.
    public func rebuilds() async throws(ClientError) -> [Document] {
        try Self.rebuilds(try await call(.GET, "/v1/rebuilds").document(url))
    }

    /// Begins to fold views anew, all where none is named. `purpose`: serve, serve-if-equal or review.
    public func rebuild(_ collections: [String], purpose: String = "serve") async throws(ClientError) -> [Document] {
        let body: Document = [
            "collections": .array(collections.map { .string($0) }), "purpose": .string(purpose),
        ]
        let answer = try await call(.POST, "/v1/rebuilds", body: Array(JSON.string(body, style: .canonical).utf8))
        return try Self.rebuilds(try answer.document(url))
    }

    /// `step`: serve, discard or rollback.
    public func rebuild(_ collection: String, step: String) async throws(ClientError) -> [Document] {
        try Self.rebuilds(try await call(.POST, "/v1/rebuilds/\(collection.segment)/\(step)").document(url))
    }

    private static func rebuilds(_ answer: Document) throws(ClientError) -> [Document] {
        guard case .array(let all)? = answer["rebuilds"] else { throw .badAnswer("the answer has no rebuilds") }
        return all.compactMap { if case .document(let one) = $0 { one } else { nil } }
    }
}
