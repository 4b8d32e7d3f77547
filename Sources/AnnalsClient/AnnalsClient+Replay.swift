public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// In which documents collections differ between two positions or RFC 3339 times; all that the key may read unless named.
    public func diff(from first: String, to second: String, collections: [String]? = nil, limit: Int = 100)
        async throws(ClientError) -> Document
    {
        var question: Document = ["from": Self.moment(first), "to": Self.moment(second), "limit": .int64(Int64(limit))]
        if let collections { question.append("collections", .array(collections.map { .string($0) })) }
        let body = Array(JSON.string(question, style: .canonical).utf8)
        return try await call(.POST, "/v1/replay/diff", body: body).document(url)
    }

    /// What documents would be without an event, or with another in its place, as of the position that the server is at when
    /// first asked. Waits while it folds them.
    public func whatIf(
        without left: UInt64? = nil, replacing replaced: UInt64? = nil, by event: Document = [:],
        collections: [String]? = nil, limit: Int = 100
    ) async throws(ClientError) -> Document {
        var question: Document = ["limit": .int64(Int64(limit))]
        if let left { question.append("without", .int64(Int64(clamping: left))) }
        if let replaced {
            question.append("replace", .int64(Int64(clamping: replaced)))
            question.append("event", .document(event))
        }
        if let collections { question.append("collections", .array(collections.map { .string($0) })) }
        var position: UInt64?
        return try await patiently { () async throws(ClientError) in
            var asked = question
            // The same again: another position would be another fold.
            if let position { asked.append("asOf", .int64(Int64(clamping: position))) }
            let body = Array(JSON.string(asked, style: .canonical).utf8)
            do throws(ClientError) {
                return try await call(.POST, "/v1/replay/what-if", body: body).document(url)
            } catch {
                if case .problem(let problem) = error {
                    position = problem.document["position"]?.wholeNumber ?? position
                }
                throw error
            }
        }
    }

    /// What each event made of a document, oldest first: who made it, what differs from the version before, and the whole;
    /// `nil` where no event made one.
    public func history(_ collection: String, id: String) async throws(ClientError) -> [Document]? {
        var versions: [Document] = []
        var after: UInt64 = 0
        while true {
            let path =
                "/v1/collections/\(collection.segment)/\(id.segment)/history?format=canonical&limit=1000&after=\(after)"
            let answer: Document
            do throws(ClientError) { answer = try await call(.GET, path).document(url) } catch {
                if case .problem(let problem) = error, problem.name == "no-document" { return nil }
                throw error
            }
            guard case .array(let elements)? = answer["versions"], case .bool(let isComplete)? = answer["complete"]
            else { throw .badAnswer("\(url) gives no history") }
            for case .document(let version) in elements { versions.append(version) }
            guard !isComplete, let last = versions.last?["position"]?.wholeNumber, last > after else { return versions }
            after = last
        }
    }

    private static func moment(_ text: String) -> Value {
        Int64(text).map { .int64($0) } ?? .string(text)
    }
}
