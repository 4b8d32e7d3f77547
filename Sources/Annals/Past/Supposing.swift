public import BSON
import EventLog
public import Schema
public import Views

/// A question what would be: a hypothesis about one event, and the collections that follow it.
public struct Supposing: Sendable {
    public let hypothesis: Hypothesis
    /// The event as it is.
    public let event: EventMark
    /// All others are as they are, whatever the event was.
    public let models: [CollectionModel]

    init(_ hypothesis: Hypothesis, _ event: EventMark, _ models: [CollectionModel]) {
        self.hypothesis = hypothesis
        self.event = event
        self.models = models
    }

    /// The same of some collections alone: each is folded by itself.
    public func only(_ isWanted: (CollectionModel) -> Bool) -> Supposing {
        Supposing(hypothesis, event, models.filter(isWanted))
    }
}

/// Why nothing can be supposed of an event.
public enum SupposingError: Error, Sendable, CustomStringConvertible {
    case noEvent(position: UInt64, newest: UInt64)
    /// Another type has other guards, which would have resolved other things.
    case otherType(is: String, asked: String)
    case refused(Refusals)
    case store(StoreError)

    public var description: String {
        switch self {
        case .noEvent(let position, let newest): "there is no event at position \(position); the newest is \(newest)"
        case .otherType(let type, let asked):
            "the event is a \(type) and cannot be a \(asked): what its guard resolved would be missing; leave it out instead"
        case .refused(let refusals): "\(refusals)"
        case .store(let error): "\(error)"
        }
    }
}

extension Store {
    /// What would be without the event at a position.
    public func supposing(without position: UInt64) throws(SupposingError) -> Supposing {
        let (event, type, _) = try found(position)
        return Supposing(Hypothesis(position: position, data: nil), event, models(type))
    }

    /// What would be had the event at a position brought other data: cast, completed and checked as if it were sent now,
    /// with the `_id`, generated ids and numbers of the event where it names none. Guards are not asked again: what the event
    /// looked up stays.
    public func supposing(_ data: Document, type asked: String? = nil, at position: UInt64) throws(SupposingError)
        -> Supposing
    {
        let (event, type, original) = try found(position)
        if let asked, asked != event.type, catalogue.type(asked)?.event.name != type?.event.name {
            throw .otherType(is: event.type, asked: asked)
        }
        var sent = NewEvent(
            id: event.id, source: event.source, type: event.type, subject: event.subject, time: event.time,
            data: data)
        for name in type?.event.generatedNames ?? [] where !data.keys.contains(name) {
            if let value = original.pairs.first(where: { $0.name == name })?.value { sent.data.append(name, value) }
        }
        // A name the type once had would mean an older version.
        if let type { sent.type = type.event.name.description }
        let admitted: AdmittedEvent
        do throws(Refusals) {
            admitted = try admitter.admit(sent, principal: "", checksAttributes: false)
        } catch { throw .refused(error) }
        return Supposing(Hypothesis(position: position, data: admitted.draft.data), event, models(type))
    }

    /// One of both, as a request or a command names it; `event`: a CloudEvent, of which `data` and `type` count.
    public func supposing(without left: UInt64?, replacing replaced: UInt64?, by event: Document)
        throws(SupposingError) -> Supposing
    {
        guard let replaced else { return try supposing(without: left ?? 0) }
        guard case .document(let data)? = event["data"] else {
            throw .refused(Refusals(eventType: "", [Refusal(.required, "data", "is required, an object")]))
        }
        var type: String?
        if case .string(let text)? = event["type"] { type = text }
        return try supposing(data, type: type, at: replaced)
    }

    private func models(_ type: Catalogue.EventType?) -> [CollectionModel] {
        (type?.followers ?? []).map { catalogue.collections[$0] }
    }

    /// The event, its type, and its data in the newest version.
    private func found(_ position: UInt64) throws(SupposingError) -> (EventMark, Catalogue.EventType?, Document) {
        do throws(StoreError) {
            let newest = try history.position()
            guard position > 0, position <= newest else {
                return try missing(position, newest)
            }
            do throws(LogError) {
                let snapshot = try log.snapshot()
                guard let record = try snapshot.record(at: position) else { throw .missingRecord(position: position) }
                let type = catalogue.type(record.type)
                return (EventMark(record), type, try newestData(record, type))
            } catch { throw .log(error) }
        } catch {
            if case .notFound = error { throw .noEvent(position: position, newest: self.position) }
            throw .store(error)
        }
    }

    private func missing<R>(_ position: UInt64, _ newest: UInt64) throws(StoreError) -> R {
        throw .notFound("there is no event at \(position); the newest is \(newest)")
    }

    private func newestData(_ record: Record, _ type: Catalogue.EventType?) throws(LogError) -> Document {
        // What is sealed of somebody erased reads so here too.
        guard let opened = try? log.opened(record) else { return Document(copying: record.data) }
        return opened.data.withRaw { data in
            guard let type,
                case .upcast(let payload) = type.current(
                    version: record.schemaVersion, data: data, resolved: record.resolved ?? .empty)
            else { return opened.data }
            return payload.data
        }
    }
}

extension Event {
    /// Top-level fields of the payload that admission or the sequencer fill where nothing is sent.
    fileprivate var generatedNames: [String] {
        ["_id"]
            + payload.filter { field in
                switch field.defaultValue {
                case .generated, .numbered, .now: !field.name.contains(".")
                default: false
                }
            }.map(\.name)
    }
}
