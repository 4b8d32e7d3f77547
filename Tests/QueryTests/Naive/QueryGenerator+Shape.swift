import BSON
import Schema

/// Order and fields.
extension QueryGenerator {
    /// With `_id` last the order is total.
    mutating func sort() -> [(String, Bool)] {
        var sort: [(String, Bool)] = []
        if random.chance(2), !model.indexes.isEmpty {
            let index = anyIndex()
            let isBackward = random.chance(2)
            let known = index.parts.prefix { stored.values[$0.name] != nil }
            sort = known.map { ($0.name, $0.isDescending != isBackward) }
            sort.removeAll { $0.0 == "_id" }
            sort.append(("_id", isBackward))
        } else {
            for _ in 0..<random.below(3) {
                let path = random.pick(stored.paths)
                if path != "_id", !sort.contains(where: { $0.0 == path }) { sort.append((path, random.chance(2))) }
            }
            sort.append(("_id", random.chance(2)))
        }
        return sort
    }

    mutating func projection() -> Document {
        var paths: [String] = []
        for _ in 0...random.below(3) {
            let path =
                random.chance(2) && !model.indexes.isEmpty
                ? random.pick(anyIndex().parts).name : random.pick(stored.paths)
            let overlaps = paths.contains { ($0 + ".").hasPrefix(path + ".") || (path + ".").hasPrefix($0 + ".") }
            if path != "_id", stored.values[path] != nil, !overlaps { paths.append(path) }
        }
        let isKept = !random.chance(3)
        var projection = Document(paths.map { ($0, Value.int32(isKept ? 1 : 0)) })
        if isKept, !paths.isEmpty, random.chance(2) { return projection }
        if random.chance(4) {
            projection.append("_id", .int32(random.chance(2) ? (isKept ? 1 : 0) : (paths.isEmpty ? 1 : 0)))
        }
        let arrays = stored.paths.filter { path in
            !path.contains(".") && stored.hasArray(path) && !paths.contains { $0.split(separator: ".")[0] == path }
        }
        if random.chance(3), !arrays.isEmpty {
            let name = random.pick(arrays)
            let elements = stored.values[name]?.compactMap(NaiveMatcher.elements).first { !$0.isEmpty }
            if let element = elements?.first, isKept, random.chance(2) {
                let condition: Value
                if case .document(let inner) = element, let pair = inner.pairs.first {
                    condition = .document(Document([(pair.name, pair.value)]))
                } else {
                    condition = ["$gte": element]
                }
                projection.append(name, ["$elemMatch": condition])
            } else {
                let slices: [Value] = [1, -1, 2, [1, 1], [-2, 1]]
                projection.append(name, ["$slice": random.pick(slices)])
            }
        }
        if isKept, !paths.isEmpty, random.chance(4) {
            let plain = stored.paths.filter { !stored.hasArray($0) }
            projection.append("made", .string("$" + random.pick(plain)))
        }
        return projection
    }
}
