internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Schema

/// A question about collections as they were: `asOf` in a body or a URL, a position or a time, and `by`, which says whose
/// time.
struct PastQuestion: Sendable {
    let moment: PastMoment
    /// All that the question reads.
    let models: [CollectionModel]

    enum Basis: String, CaseIterable {
        case recordedTime = "recorded-time"
        case eventTime = "event-time"
    }

    static let parameters: Set<String> = ["asOf", "by"]

    /// The position that is meant.
    static func position(_ moment: PastMoment, _ store: Store) async throws -> UInt64 {
        do throws(StoreError) { return try await store.past.position(of: moment) } catch {
            guard case .notFound(let what) = error else { throw Problem(reading: error) }
            throw Problem(.badRequest, "as-of", "There is no such position yet", "\(what)")
        }
    }

    /// The views of then, where they are there soon.
    func set(_ position: UInt64, _ store: Store, within limit: Duration) async throws(Problem) -> PastSet {
        do throws(PastError) { return try await store.past.set(models, asOf: position, within: limit) } catch {
            throw Problem(error)
        }
    }

    /// What an answer says of it: `asOf`, with the collections whose projectors of today were not live then.
    func members(_ position: UInt64, _ store: Store) -> Document {
        let others = store.past.notLive(models, asOf: position).map { model, since -> Value in
            ["collection": .string(model.name), "liveSince": .int64(Int64(clamping: since))]
        }
        var asOf: Document = ["position": .int64(Int64(clamping: position))]
        if !others.isEmpty { asOf.append("notLiveThen", .array(others)) }
        return ["asOf": .document(asOf)]
    }
}

extension Document {
    /// The members of both, one after the other.
    static func + (left: Document, right: Document) -> Document {
        Document(left.pairs.map { ($0.name, $0.value) } + right.pairs.map { ($0.name, $0.value) })
    }
}

extension QueryRequest {
    /// `asOf` and `by`; `nil` for the views as they are.
    mutating func moment(_ name: String = "asOf") -> PastMoment? {
        let basis = text("by").map { PastQuestion.Basis(rawValue: $0) }
        if case .some(.none) = basis {
            refuse("by", "must be one of \(PastQuestion.Basis.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let value = value(name) else {
            if basis != nil { refuse("by", "goes with \(name)") }
            return nil
        }
        if let position = value.position { return .position(position) }
        if case .string(let text) = value,
            let moment = PastMoment(text, byEventTime: basis == .some(.eventTime))
        {
            return moment
        }
        refuse(name, "must be a position, or an RFC 3339 time such as 2026-01-31T12:00:00Z")
        return nil
    }
}

extension QueryParameters {
    mutating func moment() -> PastMoment? {
        let basis = word("by", or: PastQuestion.Basis.recordedTime)
        guard let text = text("asOf") else { return nil }
        if let moment = PastMoment(text, byEventTime: basis == .eventTime) { return moment }
        refuse("asOf", text, "must be a position, or an RFC 3339 time such as 2026-01-31T12:00:00Z")
        return nil
    }
}

extension Problem {
    init(_ error: PastError) {
        switch error {
        case .folding(let reached, let position):
            self.init(.serviceUnavailable, "folding", "The views of then are on their way", "\(error)")
            more = [
                ("reached", .int64(Int64(clamping: reached))), ("position", .int64(Int64(clamping: position))),
            ]
        case .busy: self.init(.serviceUnavailable, "folding", "Others are before it", "\(error)")
        case .interrupted: self.init(.serviceUnavailable, "folding", "It has to begin anew", "\(error)")
        case .closed: self.init(.serviceUnavailable, "stopped", "The store is closing", "\(error)")
        case .tooSlow, .tooLarge:
            self.init(.unprocessableContent, "query-limit", "The question costs too much", "\(error)")
        case .diskFull: self.init(diskFull: "\(error)")
        case .file(let cause) where cause.isNoSpace: self.init(diskFull: "\(cause)")
        case .views(let cause): self.init(reading: cause)
        case .file, .replay: self.init(reading: error)
        }
    }
}
