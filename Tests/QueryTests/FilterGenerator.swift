import BSON

/// Random filters and sorts over things.
struct FilterGenerator {
    var things: ThingGenerator

    init(seed: UInt64) { things = ThingGenerator(seed: seed) }

    private static let paths = [
        "_id", "status", "rank", "title", "code", "email", "tags", "owner", "flag", "inner.level", "parts.kind",
        "parts.size", "parts", "anything", "anything.x", "createdAt", "inner", "missing", "tags.0", "parts.1.kind",
    ]

    mutating func filter(_ documents: [Document], depth: Int = 0) -> NaiveFilter {
        if depth < 2, things.random.chance(4) {
            let filters = (0...things.random.below(3)).map { _ in filter(documents, depth: depth + 1) }
            return [.all(filters), .any(filters), .none(filters)][things.random.below(3)]
        }
        if depth == 0, !things.random.chance(3) {
            return .all((0...things.random.below(3)).map { _ in test(documents) })
        }
        return test(documents)
    }

    private mutating func test(_ documents: [Document]) -> NaiveFilter {
        let path = things.random.pick(Self.paths)
        if things.random.chance(8) {
            return .not(
                path,
                .test(path, things.random.pick(["$eq", "$gt", "$lte", "$in"]), .array([]))
                    .replacing(value(path, documents), list: list(path, documents)))
        }
        switch things.random.below(10) {
        case 0: return .test(path, "$exists", .bool(things.random.chance(2)))
        case 1: return .test(path, "$in", list(path, documents))
        case 2: return .test(path, "$nin", list(path, documents))
        case 3: return .test(path, "$ne", value(path, documents))
        case 4, 5, 6: return .test(path, "$eq", value(path, documents))
        default: return .test(path, things.random.pick(["$gt", "$gte", "$lt", "$lte"]), value(path, documents))
        }
    }

    private mutating func list(_ path: String, _ documents: [Document]) -> Value {
        .array((0..<things.random.below(4)).map { _ in value(path, documents) })
    }

    private mutating func value(_ path: String, _ documents: [Document]) -> Value {
        if things.random.chance(12) { return .null }
        // A number would be cast to a date there.
        if path != "createdAt", things.random.chance(12) { return things.anything(depth: 1) }
        // A value that is there, as it is or as something close to it.
        let document = things.random.pick(documents)
        let found = Naive.candidates(.document(document), path.split(separator: ".").map(String.init)[...])
        return things.random.pick(found.isEmpty ? [.null] : found) ?? .null
    }

    mutating func sort() -> [(String, Bool)] {
        let paths = [
            "_id", "status", "rank", "title", "tags", "inner.level", "createdAt", "parts.size", "anything", "owner",
        ]
        var sort: [(String, Bool)] = []
        for _ in 0..<things.random.below(4) {
            let path = things.random.pick(paths)
            if !sort.contains(where: { $0.0 == path }) { sort.append((path, things.random.chance(2))) }
        }
        return sort
    }
}

extension NaiveFilter {
    /// The same test with a value that suits its operator.
    func replacing(_ value: Value, list: Value) -> NaiveFilter {
        guard case .test(let path, let name, _) = self else { return self }
        return .test(path, name, name == "$in" ? list : value)
    }
}
