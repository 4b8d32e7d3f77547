public import BSON
internal import NIOHTTP1

/// Questions about secrets: the client's key is then the server's check key.
extension AnnalsClient {
    /// Whether a secret fits. `question`: one member that names the document, one with the secret.
    public func fits(_ question: Document, in collection: String) async throws(ClientError) -> Bool {
        let answer = try await ask(question, "/v1/\(collection.segment)/check")
        guard case .bool(let fits)? = answer["fits"] else { throw .badAnswer("\(url) does not say whether it fits") }
        return fits
    }

    /// Whose a token is; `nil` where nobody has it, or it has expired. `lookup`: which of the collection's tokens.
    public func find(token: String, _ lookup: String, in collection: String) async throws(ClientError) -> Document? {
        do throws(ClientError) {
            return try await ask(["token": .string(token)], "/v1/\(collection.segment)/\(lookup.segment)")
        } catch {
            if case .problem(let problem) = error, problem.name == "no-token" { return nil }
            throw error
        }
    }

    private func ask(_ question: Document, _ path: String) async throws(ClientError) -> Document {
        try await call(.POST, path, body: Array(JSON.string(question, style: .canonical).utf8)).document(url)
    }
}
