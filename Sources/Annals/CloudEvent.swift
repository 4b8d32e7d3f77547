public import BSON
public import Schema

/// The CloudEvents 1.0 JSON form of an event.
public enum CloudEvent {
    /// What a JSON object says, or why it is no CloudEvent of ours. Extension attributes that mean nothing here are left
    /// out; their names and texts are checked all the same.
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
        reader.checkExtensions()
        reader.checkDataIsJSON()
        var data = Document()
        if let value = reader.value("data") {
            if value.type == .document, let document = value.document {
                data = Document(copying: document)
            } else {
                reader.refuse(.cast, "data", nil, "must be an object")
            }
        } else if reader.value("data_base64") == nil {
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

    /// Whether an attribute may be named so: the letters a to z, and digits.
    public static func isName(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { AttributeText.isName(UnsafeRawBufferPointer($0)) }
    }

    /// Whether a media type says that what is of it is JSON.
    public static func isJSON(_ mediaType: String) -> Bool { AttributeText.isJSON(mediaType) }

    private struct Reader {
        let object: RawDocument
        var problems: [Refusal] = []

        init(_ object: RawDocument) { self.object = object }

        mutating func refuse(_ rule: Refusal.Rule, _ field: String, _ value: String?, _ message: String) {
            problems.append(Refusal(rule, field, value: value, message))
        }

        /// What `NewEvent` takes is checked with the rest of it, on admission.
        private static let admitted: Set<String> = [
            "id", "source", "type", "subject", "time", "correlationid", "causationid", "actor", "traceparent", "data",
            "data_base64",
        ]

        mutating func checkExtensions() {
            for element in object.elements {
                guard AttributeText.isName(element.name) else {
                    let name = String(decoding: element.name, as: UTF8.self)
                    if name != "data_base64" {
                        refuse(
                            .format, name.utf8.count > 100 ? String(name.prefix(97)) + "…" : name, nil,
                            "is no name of an attribute: these are of the letters a to z and digits alone")
                    }
                    continue
                }
                guard let utf8 = element.value.utf8, !utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
                    let text = element.value.string
                else { continue }
                let name = String(decoding: element.name, as: UTF8.self)
                if !Self.admitted.contains(name), let refusal = AttributeText.refusal(of: name, text) {
                    problems.append(refusal)
                }
            }
        }

        /// Data is an object here; what says that it is something else would be misread.
        mutating func checkDataIsJSON() {
            if value("data_base64") != nil {
                refuse(
                    .cast, "data_base64", nil,
                    value("data") == nil
                        ? "is not taken: data is a JSON object here; send it as data"
                        : "stands beside data: an event has one of the two, and here it is data")
            }
            guard let type = text("datacontenttype"), !AttributeText.isJSON(type) else { return }
            refuse(
                .format, "datacontenttype", type,
                "is no type of JSON, and data is a JSON object here; convert it and say application/json, or leave it out"
            )
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
