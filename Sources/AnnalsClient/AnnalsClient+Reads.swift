public import BSON
internal import NIOHTTP1

/// The audit trail of reads, where the server keeps one.
extension AnnalsClient {
    /// Entries after a position, `limit` of them at most (1 to 1,000).
    public struct ReadPage: Sendable {
        public let entries: [Document]
        /// The last position looked at: the next page goes on after it.
        public let next: UInt64
        /// Nothing was left when the page was read.
        public let isComplete: Bool
        /// The newest entry's.
        public let position: UInt64
    }

    /// `principal`: only what this caller read.
    public func reads(after: UInt64 = 0, principal: String? = nil, limit: Int = 1_000) async throws(ClientError)
        -> ReadPage
    {
        let query = ["after=\(after)", "limit=\(limit)"] + (principal.map { ["principal=\($0.segment)"] } ?? [])
        let answer = try await call(.GET, "/v1/reads?" + query.joined(separator: "&")).document(url)
        guard case .array(let elements)? = answer["reads"], let next = answer["next"]?.wholeNumber,
            let position = answer["position"]?.wholeNumber, case .bool(let isComplete)? = answer["complete"]
        else { throw .badAnswer("\(url) gives no audit trail") }
        let entries = elements.compactMap { if case .document(let entry) = $0 { entry } else { nil } }
        return ReadPage(entries: entries, next: next, isComplete: isComplete, position: position)
    }

    /// A signed note of how far the trail is; of how far the log is, where `ofReads` is false.
    public func checkpoint(ofReads: Bool) async throws(ClientError) -> String {
        try await text("/v1/\(ofReads ? "reads" : "log")/checkpoint")
    }

    /// The key that such notes are checked with, a line.
    public func signingKey(ofReads: Bool) async throws(ClientError) -> String {
        try await text("/v1/\(ofReads ? "reads" : "log")/key")
    }

    /// That trail or log hold all that they held when they had so many entries.
    public func extensionProof(since size: UInt64, ofReads: Bool) async throws(ClientError) -> Document {
        try await call(.GET, "/v1/\(ofReads ? "reads" : "log")/proof/consistency?since=\(size)").document(url)
    }

    private func text(_ path: String) async throws(ClientError) -> String {
        let answer = try await call(.GET, path)
        guard answer.status == 200 else {
            _ = try answer.document(url)
            throw .badAnswer("\(url) answers \(answer.status)")
        }
        return String(decoding: answer.body, as: UTF8.self)
    }
}
