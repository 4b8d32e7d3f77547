import BSON
import EventLog
import Platform
import Schema

/// Turns what callers send into what the sequencer takes: checks attributes, casts and completes data, hashes. Any thread;
/// reads no view.
struct Admitter: Sendable {
    let catalogue: Catalogue
    let keys: RequestKeys
    let clock: Clock
    let secrets: SecretHashing
    let ids: IDSource
    let largestEventBytes: Int

    static let longestAttribute = 1_000

    /// `own`: the type of an event that the store alone appends. `checksAttributes`: false where the store made them of what
    /// it has already, which may be older than a rule.
    func admit(
        _ event: NewEvent, principal: String, as own: Catalogue.EventType? = nil, checksAttributes: Bool = true
    ) throws(Refusals) -> AdmittedEvent {
        guard let type = own ?? catalogue.type(event.type) else {
            throw Refusals(
                eventType: event.type,
                [Refusal(.type, "type", value: event.type, "is no event type that a collection here declares")])
        }
        if checksAttributes { try check(event) }
        if event.data.withRaw({ SealedData.hasMarks($0) }) {
            throw Refusals(
                eventType: event.type, [Refusal(.cast, "data", "holds a binary of subtype 128, which is kept for us")])
        }
        try check(event.data, of: event.type)
        let sent = try newest(event, type)
        let time = event.time ?? DateTime(milliseconds: clock.now())
        let data = try sent.withRaw { (raw) throws(Refusals) -> Document in
            try catalogue.admit(
                type, data: raw, time: time, source: event.source, id: event.id, secrets: secrets, ids: ids)
        }
        // Defaults and former versions may have made it longer.
        try check(data, of: event.type)
        let subject = try subject(of: event, type.event, data)
        if checksAttributes, let refusal = AttributeText.refusal(of: "subject", subject) {
            throw Refusals(eventType: event.type, [refusal])
        }
        var digest = keys.digest()
        digest.add(event.type)
        digest.add(event.subject)
        digest.add(event.time.map { String($0.milliseconds) } ?? "")
        digest.add(event.schemaVersion.map { String($0) } ?? "")
        event.data.withRaw { digest.add($0.bytes) }
        let draft = EventDraft(
            id: event.id, source: event.source, type: type.event.name.description,
            schemaVersion: type.event.schemaVersion,
            subject: subject, time: time, data: data, requestKey: keys.key(source: event.source, id: event.id),
            requestDigest: digest.finish(), principal: principal, actor: event.actor,
            correlationID: event.correlationID, causationID: event.causationID, traceparent: event.traceparent,
            corrects: event.corrects)
        let awaitsNumber = type.numbered.map { field in sent.withRaw { $0.value(named: field.name) == nil } } ?? false
        return AdmittedEvent(
            draft: draft, type: type, awaitsNumber: awaitsNumber, expectedVersion: event.expectedVersion,
            condition: event.condition)
    }

    /// What was sent, in the newest version of its type. A former name means the version at which the type had it.
    private func newest(_ event: NewEvent, _ type: Catalogue.EventType) throws(Refusals) -> Document {
        let version = event.schemaVersion ?? type.version(ofName: event.type)
        switch event.data.withRaw({ type.current(version: version, data: $0, resolved: .empty) }) {
        case .current: return event.data
        case .upcast(let payload): return payload.data
        case .unknown:
            let reason = "is not known: versions of \(event.type) are 1 to \(type.event.schemaVersion)"
            throw Refusals(
                eventType: event.type, [Refusal(.version, "schemaversion", value: String(version), reason)])
        }
    }

    private func check(_ event: NewEvent) throws(Refusals) {
        var problems: [Refusal] = []
        func text(_ name: String, _ value: String, required: Bool) {
            if required, value.isEmpty { problems.append(Refusal(.required, name, "is required")) }
            if value.utf8.count > Self.longestAttribute {
                problems.append(Refusal(.maxLength, name, "has more than \(Self.longestAttribute) bytes"))
            }
            if let refusal = AttributeText.refusal(of: name, value) { problems.append(refusal) }
        }
        text("id", event.id, required: true)
        text("source", event.source, required: true)
        text("subject", event.subject, required: false)
        text("correlationid", event.correlationID, required: false)
        text("causationid", event.causationID, required: false)
        text("actor", event.actor, required: false)
        text("traceparent", event.traceparent, required: false)
        if !problems.contains(where: { $0.field == "source" }), let fault = URIReference.fault(event.source) {
            problems.append(Refusal(.format, "source", value: event.source, fault))
        }
        guard problems.isEmpty else { throw Refusals(eventType: event.type, problems) }
    }

    private func check(_ data: Document, of type: String) throws(Refusals) {
        guard data.bytes.count > largestEventBytes else { return }
        let reason = "has \(data.bytes.count) bytes, more than the \(largestEventBytes) of one event; split it"
        throw Refusals(eventType: type, [Refusal(.size, "data", reason)])
    }

    /// The caller's subject, or the event's stream and the value of its key.
    private func subject(of event: NewEvent, _ declared: Event, _ data: Document) throws(Refusals) -> String {
        if !event.subject.isEmpty { return event.subject }
        let key = data.withRaw { raw in raw[declared.key].map(\.plainText) }
        guard let key else {
            throw Refusals(
                eventType: event.type,
                [Refusal(.required, "subject", "is required, since the data has no \(declared.key) to make it from")])
        }
        return declared.stream + "/" + key
    }

}

extension IDSource {
    /// ObjectIds of the event's second, five random bytes of this run and a counter; other ids at random.
    static func system(_ randomness: Randomness) -> IDSource {
        let run = randomness.number()
        let counter = IDCounter(start: randomness.number())
        return IDSource(
            objectID: { time in
                var bytes: [UInt8] = []
                let seconds = UInt32(truncatingIfNeeded: time.milliseconds / 1000)
                withUnsafeBytes(of: seconds.bigEndian) { bytes.append(contentsOf: $0) }
                withUnsafeBytes(of: run) { bytes.append(contentsOf: $0.prefix(5)) }
                withUnsafeBytes(of: UInt32(truncatingIfNeeded: counter.next()).bigEndian) {
                    bytes.append(contentsOf: $0.suffix(3))
                }
                return bytes.withUnsafeBytes { ObjectID($0) }
            },
            hex: { count in
                let bytes = randomness.bytes((count + 1) / 2)
                let digits = Array("0123456789abcdef")
                return String(String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }).prefix(count))
            })
    }
}
