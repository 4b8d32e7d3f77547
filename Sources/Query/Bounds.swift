internal import BSON

/// What one part of an index may be: stretches of its encoded values, in order and apart.
struct Bounds: Sendable {
    struct Stretch: Sendable, Hashable {
        var interval: KeyInterval
        /// One value alone.
        var isPoint: Bool
    }

    private(set) var stretches: [Stretch]
    /// A value fits exactly where its key lies within: nothing is left to test.
    private(set) var isExact: Bool

    init(_ stretches: [Stretch], isExact: Bool) {
        self.isExact = isExact
        self.stretches = stretches.filter { !$0.interval.isEmpty }.sorted {
            $0.interval.lower.lexicographicallyPrecedes($1.interval.lower)
        }
        join()
    }

    static func point(_ key: [UInt8]) -> Stretch { Stretch(interval: .starting(with: key), isPoint: true) }

    var isPoints: Bool { stretches.allSatisfy(\.isPoint) }

    /// Makes one of those that overlap.
    private mutating func join() {
        var joined: [Stretch] = []
        for next in stretches {
            guard let last = joined.last,
                last.interval.upper.isEmpty || next.interval.lower.lexicographicallyPrecedes(last.interval.upper)
            else {
                joined.append(next)
                continue
            }
            if last == next { continue }
            let reaches =
                next.interval.upper.isEmpty
                || (!last.interval.upper.isEmpty && last.interval.upper.lexicographicallyPrecedes(next.interval.upper))
            joined[joined.count - 1] = Stretch(
                interval: KeyInterval(
                    lower: last.interval.lower, upper: reaches ? next.interval.upper : last.interval.upper),
                isPoint: false)
        }
        stretches = joined
    }

    /// Both of two demands on the same value.
    func intersection(_ other: Bounds) -> Bounds {
        var common: [Stretch] = []
        var (left, right) = (0, 0)
        while left < stretches.count, right < other.stretches.count {
            let (a, b) = (stretches[left], other.stretches[right])
            let both = a.interval.intersection(b.interval)
            if !both.isEmpty { common.append(Stretch(interval: both, isPoint: a.isPoint || b.isPoint)) }
            // The one that ends first is done.
            if b.interval.upper.isEmpty
                || (!a.interval.upper.isEmpty && a.interval.upper.lexicographicallyPrecedes(b.interval.upper))
            {
                left += 1
            } else {
                right += 1
            }
        }
        return Bounds(common, isExact: isExact && other.isExact)
    }
}
