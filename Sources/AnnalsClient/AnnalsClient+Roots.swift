public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// How far the views are, the log's root and a root for each view, in hex: servers with one log give the same.
    public func roots() async throws(ClientError) -> Document { try await call(.GET, "/v1/roots").document(url) }
}
