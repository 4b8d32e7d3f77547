internal import BSON

extension Function {
    static let objects = [
        Function("$mergeObjects", .many(0...Int.max, Objects.merged)),
        Function("$objectToArray", .one(Objects.listed)),
        Function("$arrayToObject", .one(Objects.document)),
    ]

    /// Read by `$getField`'s own syntax: the name, then the document.
    static let getField = Function("$getField", .two(Objects.field))
    /// The name, the document, the value; what is missing takes the field out.
    static let setField = Function("$setField", .many(3...3, Objects.setting))
}

enum Objects {
    static func members(_ value: Evaluated, _ call: Call) throws(QueryError) -> [(name: String, value: Evaluated)] {
        guard let members = value.members else { throw call.needs("a document", value) }
        return members
    }

    /// Of two members with one name the later value stays, in the earlier one's place.
    static func made(_ members: [(name: String, value: Evaluated)]) -> Evaluated {
        var places: [String: Int] = [:]
        var kept: [(name: String, value: Evaluated)] = []
        for member in members {
            if let place = places[member.name] {
                kept[place] = member
            } else {
                places[member.name] = kept.count
                kept.append(member)
            }
        }
        var writer = DocumentWriter()
        for member in kept { writer.append(member.name, member.value) }
        return .owned(.document(writer.finishDocument()))
    }

    @Sendable static func merged(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        var all: [(name: String, value: Evaluated)] = []
        // Of one argument that is an array, the documents in it.
        let parts = values.count == 1 ? values[0].elements ?? values : values
        for part in parts where !part.isNullish { all += try members(part, call) }
        return made(all)
    }

    @Sendable static func listed(_ value: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        if value.isNullish { return .null }
        return .list(try members(value, call).map { made([("k", .owned(.string($0.name))), ("v", $0.value)]) })
    }

    @Sendable static func document(_ value: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        if value.isNullish { return .null }
        var all: [(name: String, value: Evaluated)] = []
        for element in try Arrays.elements(value, call) {
            if let pair = element.elements {
                guard pair.count == 2, let name = pair[0].string else {
                    throw call.refusal("needs pairs of a text and a value")
                }
                all.append((try checked(name, call), pair[1]))
            } else {
                let members = try members(element, call)
                guard members.count == 2, let name = members.first(where: { $0.name == "k" })?.value.string,
                    let value = members.first(where: { $0.name == "v" })?.value
                else { throw call.refusal("needs documents of k, a text, and v") }
                all.append((try checked(name, call), value))
            }
        }
        return made(all)
    }

    private static func checked(_ name: String, _ call: Call) throws(QueryError) -> String {
        if name.utf8.contains(0) { throw call.refusal("cannot name a field with a zero byte") }
        return name
    }

    @Sendable static func field(_ name: Evaluated, _ input: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        guard let name = name.string else { throw call.needs("a string as field", name) }
        if input.isNullish { return input.type == nil ? .missing : .null }
        switch input {
        case .raw(let raw) where raw.type == .document:
            return RawDocument(raw.base).value(named: name).map { .raw($0) } ?? .missing
        case .owned(.document(let document)):
            return document.withRaw { $0.value(named: name)?.owned() }.map { .owned($0) } ?? .missing
        default: return .missing
        }
    }

    @Sendable static func setting(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        guard let name = values[0].string else { throw call.needs("a string as field", values[0]) }
        if values[1].isNullish { return .null }
        var all = try members(values[1], call)
        let place = all.firstIndex { $0.name == name }
        switch (values[2], place) {
        case (.missing, let place?): all.remove(at: place)
        case (.missing, nil): break
        case (let value, let place?): all[place].value = value
        case (let value, nil): all.append((try checked(name, call), value))
        }
        return made(all)
    }
}
