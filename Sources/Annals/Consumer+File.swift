import BSON

/// A consumer as a line of JSON: what stands in its file.
extension Consumer {
    var document: Document {
        var document: Document = [
            "format": 1, "name": .string(name), "acknowledged": .int64(Int64(clamping: acknowledged)),
            "createdAt": .dateTime(createdAt),
        ]
        if let acknowledgedAt { document.append("acknowledgedAt", .dateTime(acknowledgedAt)) }
        document.append("filter", .document(filter.document))
        return document
    }

    /// `nil` where it is not what was written.
    init?(_ document: Document) {
        guard case .int32(1)? = document["format"], case .string(let name)? = document["name"], Self.isName(name),
            let acknowledged = document["acknowledged"]?.position,
            case .dateTime(let createdAt)? = document["createdAt"],
            case .document(let stored)? = document["filter"], let filter = EventFilter(stored)
        else { return nil }
        self.name = name
        self.filter = filter
        self.acknowledged = acknowledged
        self.createdAt = createdAt
        if case .dateTime(let time)? = document["acknowledgedAt"] { acknowledgedAt = time }
    }
}

extension EventFilter {
    /// The conditions that are set.
    public var document: Document {
        var document = Document()
        if let subject { document.append("subject", .string(subject)) }
        if !types.isEmpty { document.append("types", .array(types.map { .string($0.description) })) }
        if let entity { document.append("entity", .string("\(entity.collection)/\(entity.id)")) }
        if let from { document.append("from", .dateTime(from)) }
        if let to { document.append("to", .dateTime(to)) }
        return document
    }

    init?(_ document: Document) {
        for (name, value) in document.pairs {
            switch (name, value) {
            case ("subject", .string(let text)): subject = text
            case ("types", .array(let names)):
                for case .string(let name) in names {
                    guard let pattern = EventTypePattern(name) else { return nil }
                    types.append(pattern)
                }
                guard types.count == names.count else { return nil }
            case ("entity", .string(let text)):
                let words = text.split(separator: "/")
                guard words.count == 2, let id = ObjectID(hex: String(words[1])) else { return nil }
                entity = Entity(collection: String(words[0]), id: id)
            case ("from", .dateTime(let time)): from = time
            case ("to", .dateTime(let time)): to = time
            default: return nil
            }
        }
    }
}

extension Value {
    /// A number that can be a position.
    public var position: UInt64? {
        switch self {
        case .int32(let number): UInt64(exactly: number)
        case .int64(let number): UInt64(exactly: number)
        default: nil
        }
    }
}
