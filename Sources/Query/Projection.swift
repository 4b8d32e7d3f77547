internal import BSON

/// Which fields of a document are kept, left out or computed.
public struct Projection: Sendable {
    indirect enum Rule: Sendable {
        case include
        case exclude
        case computed(Expression)
        case below(Level)
        /// Some elements of an array.
        case slice(ArraySlicing)
        /// Of an array the first element that fits, in an array of its own.
        case firstElement(Filter.Test)
    }

    struct Level: Sendable {
        var rules: [(name: [UInt8], rule: Rule)] = []

        func rule(_ name: UnsafeRawBufferPointer) -> Rule? {
            for entry in rules where entry.name.count == name.count && entry.name.elementsEqual(name) {
                return entry.rule
            }
            return nil
        }
    }

    let root: Level
    let isInclusion: Bool

    init(root: Level, isInclusion: Bool) {
        self.root = root
        self.isInclusion = isInclusion
    }

    /// Keeps everything.
    public static let everything = Projection(root: Level(), isInclusion: false)

    public var isEverything: Bool { !isInclusion && root.rules.isEmpty }

    /// The dotted paths that are kept, where it does no more than keep some.
    var includedPaths: Set<String>? {
        guard isInclusion else { return nil }
        var paths: Set<String> = []
        func gather(_ level: Level, _ prefix: String) -> Bool {
            level.rules.allSatisfy { entry in
                let path = prefix + String(decoding: entry.name, as: UTF8.self)
                switch entry.rule {
                case .include:
                    paths.insert(path)
                    return true
                case .below(let inner): return gather(inner, path + ".")
                case .exclude, .computed, .slice, .firstElement: return false
                }
            }
        }
        return gather(root, "") ? paths : nil
    }
}

/// Which elements of an array: the first, the last, or some from a place on.
struct ArraySlicing: Sendable {
    /// Counted from the end where it is negative.
    let start: Int
    let limit: Int

    func range(_ count: Int) -> Range<Int> {
        let first = start < 0 ? max(0, count + start) : min(start, count)
        return first..<min(count, first.addingReportingOverflow(limit).overflow ? count : first + limit)
    }
}
