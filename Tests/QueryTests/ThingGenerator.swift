import BSON

/// Random things. Few values of each field, so that filters find some; long titles, so that index keys are cut.
struct ThingGenerator {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    static let statuses: [Value] = ["new", "active", "done"]
    static let tags: [Value] = ["red", "green", "blue", "black"]
    static let kinds: [Value] = ["bolt", "nut", "gear"]
    static let owners = (0..<5).map { Value.objectID(ObjectID(seconds: 7, rest: UInt64($0))) }
    static let titles: [Value] = ["", "a", "b", "ab", "a\u{0}", "é"].map { .string($0) }
    /// All alike for longer than a key is.
    static let longTitles: [Value] = ["q", "c", "m", "a", "x", ""].map {
        .string(String(repeating: "long ", count: 60) + $0)
    }

    static func time(_ number: Int) -> Value {
        .dateTime(DateTime(milliseconds: 1_700_000_000_000 + Int64(number) * 1000))
    }

    mutating func documents(_ count: Int) -> [Document] { (0..<count).map { document($0) } }

    mutating func document(_ number: Int) -> Document {
        var document = Document()
        document.append("_id", .objectID(ObjectID(seconds: UInt32(random.below(1000)), rest: UInt64(number))))
        add("status", random.pick(Self.statuses), to: &document)
        add("rank", rank(), to: &document)
        add("title", title(), to: &document)
        document.append("code", .string("code\(number)"))
        if random.chance(2) { document.append("email", .string("mail\(number)")) }
        add("tags", .array((0..<random.below(4)).map { _ in random.pick(Self.tags) }), to: &document)
        add("owner", random.pick(Self.owners), to: &document)
        add("flag", .bool(random.chance(2)), to: &document)
        if !random.chance(4) { document.append("inner", ["level": .int64(Int64(random.below(4)))]) }
        let parts = (0..<random.below(3)).map { _ in part() }
        add("parts", .array(parts), to: &document)
        add("anything", anything(depth: 0), to: &document)
        document.append("password", "hash")
        document.append("security", ["codes": ["one", "two"], "hint": "dog"])
        document.append("createdAt", Self.time(random.below(40)))
        return document
    }

    /// Sometimes left out, sometimes null.
    private mutating func add(_ name: String, _ value: Value, to document: inout Document) {
        switch random.below(12) {
        case 0: return
        case 1: document.append(name, .null)
        default: document.append(name, value)
        }
    }

    mutating func rank() -> Value {
        switch random.below(8) {
        case 0: .double(Double(random.below(8)) + 0.5)
        case 1: .double(Double(random.below(8)))
        case 2: .int64(Int64(random.below(8)))
        case 3 where random.chance(3): .double(.nan)
        default: .int32(Int32(random.below(8)) - 2)
        }
    }

    mutating func title() -> Value { random.chance(3) ? random.pick(Self.longTitles) : random.pick(Self.titles) }

    mutating func part() -> Value {
        var part = Document()
        if !random.chance(5) { part.append("kind", random.pick(Self.kinds)) }
        if !random.chance(5) { part.append("size", .int32(Int32(random.below(4)))) }
        return .document(part)
    }

    mutating func anything(depth: Int) -> Value {
        switch random.below(depth > 1 ? 6 : 8) {
        case 0: .int32(Int32(random.below(4)))
        case 1: .string(["a", "b", "c"][random.below(3)])
        case 2: .bool(random.chance(2))
        case 3: .null
        case 4: Self.time(random.below(3))
        case 5: random.pick(Self.owners)
        case 6: .array((0..<random.below(3)).map { _ in anything(depth: depth + 1) })
        default: .document(["x": anything(depth: depth + 1)])
        }
    }
}
