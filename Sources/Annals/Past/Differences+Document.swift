public import BSON
public import Schema
public import Views

// What was found, as programs are told, by the door as by the command line.

extension EventMark {
    public var members: [(String, Value)] {
        var members: [(String, Value)] = [
            ("position", .int64(Int64(clamping: position))), ("type", .string(type)), ("subject", .string(subject)),
            ("time", .string("\(time)")), ("recordedtime", .string("\(recordedTime)")),
        ]
        if !principal.isEmpty { members.append(("principal", .string(principal))) }
        if !actor.isEmpty { members.append(("actor", .string(actor))) }
        return members
    }
}

extension FieldChange {
    public var document: Document {
        ["field": .string(path), "before": before ?? .null, "after": after ?? .null]
    }
}

extension DocumentChange {
    /// A version of the document: who made it, what differs from the one before, and the whole; without secrets.
    public func document(_ model: CollectionModel) -> Document {
        func visible(_ document: Document?) -> Document? { document.map { $0.withRaw { redacted($0, model) } } }
        let (before, after) = (visible(before), visible(after))
        let fields = FieldChange.between(before, after)
        return Document(
            event.members + [
                ("changes", .array(fields.map { .document($0.document) })),
                ("after", after.map { .document($0) } ?? .null),
            ])
    }
}

extension CollectionDifference {
    public var document: Document {
        let shown = documents.map { difference -> Value in
            [
                "_id": .objectID(difference.id), "kind": .string(difference.kind.rawValue),
                "changes": .array(difference.fields.map { .document($0.document) }),
            ]
        }
        return [
            "collection": .string(model.name), "added": .int64(Int64(added)), "changed": .int64(Int64(changed)),
            "removed": .int64(Int64(removed)), "documents": .array(shown),
        ]
    }
}

extension WhatIf {
    public func document(_ catalogue: Catalogue) -> Document {
        let events = passedOver.events.map { error -> Value in
            [
                "position": .int64(Int64(clamping: error.position)),
                "collection": .string(catalogue[error.anomaly.collection]?.name ?? ""),
                "reason": .string(error.anomaly.reason),
            ]
        }
        return [
            "event": .document(Document(supposing.event.members)),
            "supposed": .string(supposing.hypothesis.data == nil ? "without" : "replaced"),
            "position": .int64(Int64(clamping: position)), "guards": "not asked again",
            "collections": .array(collections.map { .document($0.document) }),
            "passedOver": ["count": .int64(Int64(passedOver.count)), "events": .array(events)],
        ]
    }
}
