public import BSON
public import Schema

/// The CloudEvents 1.0 JSON form of an event.
public enum CloudEvent {
    /// What a JSON object says, or why it is no CloudEvent of ours. Extension attributes that mean nothing here are left
    /// out.
    public static func parse(_ object: RawDocument) throws(Refusals) -> NewEvent {
        var reader = Reader(object)
        if let version = reader.text("specversion"), version != "1.0" {
            reader.refuse(.oneOf, "specversion", version, "must be 1.0")
        } else if reader.value("specversion") == nil {
            reader.refuse(.required, "specversion", nil, "is required: 1.0")
        }
        let id = reader.text("id", required: true) ?? ""
        let source = reader.text("source", required: true) ?? ""
        let type = reader.text("type", required: true) ?? ""
        var data = Document()
        if let value = reader.value("data") {
            if value.type == .document, let document = value.document {
                data = Document(copying: document)
            } else {
                reader.refuse(.cast, "data", nil, "must be an object")
            }
        } else {
            reader.refuse(.required, "data", nil, "is required")
        }
        var event = NewEvent(id: id, source: source, type: type, data: data)
        event.subject = reader.text("subject") ?? ""
        event.time = reader.time("time")
        event.schemaVersion = reader.number("schemaversion").map { UInt16(clamping: $0) }
        event.expectedVersion = reader.number("expectedversion")
        event.corrects = reader.number("corrects")
        event.correlationID = reader.text("correlationid") ?? ""
        event.causationID = reader.text("causationid") ?? ""
        event.actor = reader.text("actor") ?? ""
        event.traceparent = reader.text("traceparent") ?? ""
        guard reader.problems.isEmpty else { throw Refusals(eventType: type, reader.problems) }
        return event
    }

    private struct Reader {
        let object: RawDocument
        var problems: [Refusal] = []

        init(_ object: RawDocument) { self.object = object }

        mutating func refuse(_ rule: Refusal.Rule, _ field: String, _ value: String?, _ message: String) {
            problems.append(Refusal(rule, field, value: value, message))
        }

        func value(_ name: StaticString) -> RawValue? {
            object.value(named: name).flatMap { $0.isNull ? nil : $0 }
        }

        mutating func text(_ name: StaticString, required: Bool = false) -> String? {
            guard let value = value(name) else {
                if required { refuse(.required, "\(name)", nil, "is required") }
                return nil
            }
            guard let text = value.string else {
                refuse(.cast, "\(name)", value.plainText, "must be text")
                return nil
            }
            if required, text.isEmpty { refuse(.required, "\(name)", nil, "is required and empty") }
            return text
        }

        mutating func time(_ name: StaticString) -> DateTime? {
            guard let value = value(name) else { return nil }
            if let utf8 = value.utf8, let time = DateTime(rfc3339: utf8) { return time }
            refuse(.cast, "\(name)", value.plainText, "must be an RFC 3339 time")
            return nil
        }

        /// CloudEvents has no 64-bit integers, so text is taken too.
        mutating func number(_ name: StaticString) -> UInt64? {
            guard let value = value(name) else { return nil }
            if let number = value.int64, number >= 0 { return UInt64(number) }
            if let text = value.string, let number = UInt64(text) { return number }
            refuse(.cast, "\(name)", value.plainText, "must be a whole number from 0")
            return nil
        }
    }
}
