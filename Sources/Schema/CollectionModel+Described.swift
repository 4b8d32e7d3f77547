public import BSON

extension CollectionModel {
    /// The collection as data, for programs: name, number, documents, fields with their rules, indexes with their options.
    public func described(documents: Int) -> Document {
        [
            "name": .string(name), "number": .int32(Int32(number.rawValue)), "documents": .int64(Int64(documents)),
            "summary": .string(summary),
            "fields": .array(fields.flatMap { $0.described(below: "") }.map { .document($0) }),
            "indexes": .array(indexes.map { .document($0.described) }),
            "events": .array(events.map { .string($0.name.description) }),
        ]
    }
}

extension Index {
    var described: Document {
        [
            "name": .string(name),
            "key": .document(Document(parts.map { ($0.name, .int32($0.isDescending ? -1 : 1)) })),
            "unique": .bool(isUnique), "sparse": .bool(isSparse),
        ]
    }
}

extension FieldDescriptor {
    /// The members of a sub-document, or of the sub-documents in an array.
    public var members: [FieldDescriptor] {
        switch kind {
        case .object(let members): members
        case .array(let element): element.members
        default: []
        }
    }

    /// The field, or the fields of a sub-document by their dotted paths; rules that it does not have are left out.
    func described(below prefix: String) -> [Document] {
        let path = prefix.isEmpty ? name : prefix + "." + name
        if case .object(let members) = kind, !members.isEmpty { return members.flatMap { $0.described(below: path) } }
        var description: Document = ["path": .string(path)]
        describe(into: &description)
        return [description]
    }

    private func describe(into description: inout Document) {
        description.append("type", .string(kind.name))
        if case .array(let element) = kind {
            var of = Document()
            element.describe(into: &of)
            if !element.members.isEmpty {
                of.append("fields", .array(element.members.flatMap { $0.described(below: "") }.map { .document($0) }))
            }
            description.append("of", .document(of))
        }
        if isRequired { description.append("required", true) }
        if let requiredWhen {
            description.append("requiredWhen", ["\(requiredWhen.path)": .string(requiredWhen.equals)])
        }
        if !allowed.isEmpty { description.append("enum", .array(allowed.map { .string($0) })) }
        if let minimum { description.append("min", .double(minimum)) }
        if let maximum { description.append("max", .double(maximum)) }
        if let minLength { description.append("minlength", .int32(Int32(clamping: minLength))) }
        if let maxLength { description.append("maxlength", .int32(Int32(clamping: maxLength))) }
        if isTrimmed { description.append("trim", true) }
        if isLowercased { description.append("lowercase", true) }
        if let format { description.append("format", .string(format.description)) }
        if let defaultValue { description.append("default", defaultValue.value) }
        if let reference { description.append("ref", .string(reference)) }
        switch privacy {
        case .open: break
        case .personal: description.append("personal", true)
        case .password, .token: description.append("secret", true)
        }
        switch maintenance {
        case .caller: break
        case .timestamp: description.append("maintained", "by the event's time")
        case .derived(let events): description.append("maintained", .string(events))
        case .through(let events): description.append("changedBy", .string(events))
        }
    }
}

extension FieldDefault {
    var value: Value {
        switch self {
        case .string(let text): .string(text)
        case .int(let number): .int32(number)
        case .double(let number): .double(number)
        case .bool(let flag): .bool(flag)
        case .now: ["$now": true]
        case .generated(let prefix): ["$generated": .string(prefix)]
        case .numbered(let prefix): ["$numbered": .string(prefix)]
        }
    }
}
