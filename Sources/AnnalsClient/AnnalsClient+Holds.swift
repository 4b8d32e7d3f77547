public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// Has the server hold a snapshot, `of` its log or its views, for whoever reads its files: `hold` names it, and it ends
    /// after `seconds` unless it is renewed.
    public func hold(of subject: String) async throws(ClientError) -> (hold: String, seconds: Int) {
        let body = Array(JSON.string(["of": .string(subject)] as Document, style: .canonical).utf8)
        let answer = try await call(.POST, "/v1/holds", body: body).document(url)
        guard case .string(let hold)? = answer["hold"], case .int32(let seconds)? = answer["seconds"] else {
            throw .badAnswer("the answer names no hold")
        }
        return (hold, Int(seconds))
    }

    /// Holds it for as long again.
    ///
    /// - Throws: a problem of status 404 where it is held no more.
    public func renew(hold: String) async throws(ClientError) {
        try Self.done(try await call(.POST, "/v1/holds/\(hold.segment)/renew"), url)
    }

    /// Lets it go.
    public func release(hold: String) async throws(ClientError) {
        try Self.done(try await call(.DELETE, "/v1/holds/\(hold.segment)"), url)
    }

    private static func done(_ answer: Answer, _ url: String) throws(ClientError) {
        guard answer.status != 204 else { return }
        _ = try answer.document(url)
        throw .badAnswer("\(url) answers \(answer.status)")
    }
}
