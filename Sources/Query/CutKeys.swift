internal import BSON
internal import Schema

/// Tells keys with a component that was cut: their order holds only up to there.
struct CutKeys {
    private let pattern: IndexPattern
    private let constantParts: Int
    private let shortest: Int

    init(_ model: CollectionModel, _ plan: Plan) {
        if case .index(let ordinal, _) = plan.access {
            pattern = model.indexes[ordinal].pattern
        } else {
            pattern = IndexPattern([.init("_id")])
        }
        constantParts = plan.constantParts
        shortest = pattern.componentLimit + KeyEncoder.cutByteCount
    }

    /// The bytes before the cut, from the key's first on; `nil` where nothing was cut but what is constant.
    func prefixCount(_ key: UnsafeRawBufferPointer) -> Int? {
        guard key.count >= shortest else { return nil }
        var rest = key
        for (place, part) in pattern.parts.enumerated() {
            let start = key.count - rest.count
            let component = KeyEncoder.decode(&rest, descending: part.descending, limit: pattern.componentLimit)
            switch component {
            case .value: continue
            case .cut where place < constantParts: continue
            case .cut: return start + pattern.componentLimit
            // Not a key as the index has them: nothing to know about its order.
            case nil: return nil
            }
        }
        return nil
    }
}
