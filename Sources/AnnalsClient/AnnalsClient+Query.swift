public import BSON
internal import Foundation
internal import NIOHTTP1

extension AnnalsClient {
    /// A page of documents.
    public struct Page: Sendable {
        public let documents: [Document]
        /// How much of the log the answer has seen.
        public let position: UInt64
        /// Where the next page begins, where there may be one: for the same question again, whole.
        public let cursor: String?
    }

    /// When something is asked for: a position, or a time, which counts as events were recorded, or by their own.
    public enum Moment: Sendable, Hashable {
        case position(UInt64)
        case recorded(DateTime)
        case happened(DateTime)

        var members: [(String, Value)] {
            switch self {
            case .position(let position): [("asOf", .int64(Int64(clamping: position)))]
            case .recorded(let time): [("asOf", .string("\(time)"))]
            case .happened(let time): [("asOf", .string("\(time)")), ("by", "event-time")]
            }
        }

        var query: String {
            members.map { name, value in
                if case .string(let text) = value {
                    "&\(name)=\(text.segment)"
                } else {
                    "&\(name)=\(value.wholeNumber ?? 0)"
                }
            }.joined()
        }
    }

    /// Documents of a collection, as MongoDB's find. `afterPosition`: waits until the views hold it, a receipt's for
    /// instance, though a receipt's already do. `isConsistent`: the pages are of the first one's position, or refused (410)
    /// where the collection has changed since. `asOf`: the collection as it was; where the server has to fold it first, that
    /// is waited for.
    public func find(
        _ collection: String, filter: Document = [:], sort: Document = [:], projection: Document = [:], skip: Int = 0,
        limit: Int = 100, cursor: String? = nil, isConsistent: Bool = false, afterPosition: UInt64 = 0,
        asOf moment: Moment? = nil
    ) async throws(ClientError) -> Page {
        var question: Document = [
            "filter": .document(filter), "sort": .document(sort), "projection": .document(projection),
            "skip": .int64(Int64(skip)), "limit": .int64(Int64(limit)),
            "afterPosition": .int64(Int64(clamping: afterPosition)),
        ]
        if isConsistent { question.append("consistent", true) }
        if let cursor { question.append("cursor", .string(cursor)) }
        question.append(moment)
        return try page(try await ask(collection, "find", question))
    }

    public func aggregate(
        _ collection: String, _ pipeline: [Document], asOf moment: Moment? = nil
    ) async throws(ClientError) -> Page {
        var question: Document = ["pipeline": .array(pipeline.map { .document($0) })]
        question.append(moment)
        return try page(try await ask(collection, "aggregate", question))
    }

    public func count(
        _ collection: String, filter: Document = [:], asOf moment: Moment? = nil
    ) async throws(ClientError) -> Int {
        var question: Document = ["filter": .document(filter)]
        question.append(moment)
        let answer = try await ask(collection, "count", question)
        guard let count = answer["count"]?.wholeNumber, let number = Int(exactly: count) else {
            throw .badAnswer("\(url) gives no count")
        }
        return number
    }

    /// A document by its `_id`, as it is or as it was; `nil` where there is none.
    public func document(_ collection: String, id: String, asOf moment: Moment? = nil) async throws(ClientError)
        -> Document?
    {
        let path =
            "/v1/collections/\(collection.segment)/\(id.segment)?format=canonical" + (moment?.query ?? "")
        do throws(ClientError) {
            return try await call(.GET, path).document(url)
        } catch {
            if case .problem(let problem) = error, problem.name == "no-document" { return nil }
            throw error
        }
    }

    /// How a find would be run, in the shape of MongoDB's `explain`.
    public func explain(
        _ collection: String, filter: Document = [:], sort: Document = [:], projection: Document = [:], skip: Int = 0,
        limit: Int? = nil
    ) async throws(ClientError) -> Document {
        var question: Document = [
            "filter": .document(filter), "sort": .document(sort), "projection": .document(projection),
            "skip": .int64(Int64(skip)),
        ]
        if let limit { question.append("limit", .int64(Int64(limit))) }
        return try await ask(collection, "explain", question)
    }

    /// The same for a pipeline.
    public func explain(_ collection: String, _ pipeline: [Document]) async throws(ClientError) -> Document {
        try await ask(collection, "explain", ["pipeline": .array(pipeline.map { .document($0) })])
    }

    /// The names of the collections that the key may read.
    public func collections() async throws(ClientError) -> [String] {
        guard case .array(let elements)? = try await call(.GET, "/v1/collections").document(url)["collections"] else {
            throw .badAnswer("\(url) gives no collections")
        }
        return elements.compactMap {
            if case .document(let one) = $0, case .string(let name)? = one["name"] { name } else { nil }
        }
    }

    /// A collection's fields, indexes and events.
    public func collection(_ name: String) async throws(ClientError) -> Document {
        try await call(.GET, "/v1/collections/\(name.segment)").document(url)
    }

    private func ask(_ collection: String, _ question: String, _ body: Document) async throws(ClientError) -> Document {
        let path = "/v1/collections/\(collection.segment)/\(question)"
        let isTyped = question == "find" || question == "aggregate"
        let bytes = Array(JSON.string(body, style: .canonical).utf8)
        return try await patiently { () async throws(ClientError) in
            try await call(.POST, path + (isTyped ? "?format=canonical" : ""), body: bytes).document(url)
        }
    }

    /// Asks again while the server folds what is asked for.
    func patiently(_ body: () async throws(ClientError) -> Document) async throws(ClientError) -> Document {
        let end = Date(timeIntervalSinceNow: Self.foldingSeconds)
        while true {
            do throws(ClientError) { return try await body() } catch {
                guard case .problem(let problem) = error, problem.name == "folding", Date() < end, !Task.isCancelled
                else { throw error }
            }
        }
    }

    /// As long as a server folds one set, unless told otherwise.
    private static let foldingSeconds = 600.0

    private func page(_ answer: Document) throws(ClientError) -> Page {
        guard case .array(let elements)? = answer["documents"], let position = answer["position"]?.wholeNumber else {
            throw .badAnswer("\(url) gives no documents")
        }
        var cursor: String?
        if case .string(let text)? = answer["cursor"] { cursor = text }
        return Page(
            documents: elements.compactMap { if case .document(let document) = $0 { document } else { nil } },
            position: position, cursor: cursor)
    }
}

extension Document {
    fileprivate mutating func append(_ moment: AnnalsClient.Moment?) {
        for (name, value) in moment?.members ?? [] { append(name, value) }
    }
}
