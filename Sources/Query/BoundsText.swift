internal import BSON

/// Bounds of a part of an index as MongoDB writes them: `["active", "active"]`, `(3, MaxKey]`, in the order of the index.
struct BoundsText {
    let isDescending: Bool
    var limit = KeyEncoder.componentLimit

    /// How many stretches are shown; lists may have thousands.
    static let most = 20

    /// A part that is not bound.
    var all: [Value] { [.string(isDescending ? "[MaxKey, MinKey]" : "[MinKey, MaxKey]")] }

    func texts(_ bounds: Bounds) -> [Value] {
        bounds.stretches.prefix(Self.most).map { stretch in
            if stretch.isPoint {
                let value = text(stretch.interval.lower[...]) ?? "…"
                return .string("[\(value), \(value)]")
            }
            return .string("\(lower(stretch.interval.lower)), \(upper(stretch.interval.upper))")
        }
    }

    private func lower(_ key: [UInt8]) -> String {
        if key.isEmpty { return isDescending ? "[MaxKey" : "[MinKey" }
        // What starts after all that begins with a value leaves the value out.
        if key.last == 0xFF, let value = text(key.dropLast()) { return "(" + value }
        return text(key[...]).map { "[" + $0 } ?? "[" + beginning(key)
    }

    private func upper(_ key: [UInt8]) -> String {
        if key.isEmpty { return isDescending ? "MinKey]" : "MaxKey]" }
        if key.last == 0xFF, let value = text(key.dropLast()) { return value + "]" }
        return (text(key[...]) ?? beginning(key)) + ")"
    }

    /// A whole value.
    private func text(_ key: ArraySlice<UInt8>) -> String? {
        Array(key).withUnsafeBytes { bytes in
            var rest = bytes
            guard case .value(let value) = KeyEncoder.decode(&rest, descending: isDescending, limit: limit),
                rest.isEmpty
            else { return nil }
            return value.withRaw { JSON.string($0, style: .relaxed) }
        }
    }

    /// Where a type begins or ends, or what a cut value begins with.
    private func beginning(_ key: [UInt8]) -> String {
        let ascending = isDescending ? key.map { ~$0 } : key
        // Descending, a type begins after the one that is before it.
        if ascending.count == 1, let smallest = TypeBracket.smallest(ascending[0] &+ (isDescending ? 1 : 0)) {
            return smallest.withRaw { JSON.string($0, style: .relaxed) }
        }
        var text = ascending.dropFirst().prefix { $0 > 1 }
        if text.last == 0xFF { text = text.dropLast() }
        return "\"" + String(decoding: text, as: UTF8.self) + "…"
    }
}
