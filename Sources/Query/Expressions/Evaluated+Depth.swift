internal import BSON

/// How deep documents and arrays are within one another. What walks them goes as deep, so it has a bound.
extension Evaluated {
    static let maxDepth = 150

    func nests(deeperThan most: Int) -> Bool {
        switch self {
        case .missing: false
        case .raw(let value): Self.nests(value, most)
        case .owned(.document(let document)): document.withRaw { Self.nests(RawValue($0), most) }
        case .owned(.array(let values)):
            most <= 0 || values.contains { Evaluated.owned($0).nests(deeperThan: most - 1) }
        case .owned: false
        case .list(let members): most <= 0 || members.contains { $0.nests(deeperThan: most - 1) }
        }
    }

    private static func nests(_ value: RawValue, _ most: Int) -> Bool {
        guard let document = value.document else { return false }
        if most <= 0 { return true }
        var elements = document.elements
        while let element = elements.next() {
            if nests(element.value, most - 1) { return true }
        }
        return false
    }

    func checkDepth(_ place: String) throws(QueryError) {
        guard nests(deeperThan: Self.maxDepth) else { return }
        throw QueryError(
            .limitExceeded(.nesting), at: place, "a value would nest deeper than \(Self.maxDepth) levels",
            mend: "flatten it")
    }
}
