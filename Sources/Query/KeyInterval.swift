internal import BSON

/// A stretch of encoded keys: the lower bound included, the upper not; an empty bound is open.
struct KeyInterval: Sendable, Hashable {
    var lower: [UInt8]
    var upper: [UInt8]

    static let everything = KeyInterval(lower: [], upper: [])

    /// All keys that start with `prefix`: no component starts with 0xFF.
    static func starting(with prefix: [UInt8]) -> KeyInterval {
        prefix.isEmpty ? everything : KeyInterval(lower: prefix, upper: prefix + [0xFF])
    }

    var isEmpty: Bool { !upper.isEmpty && !lower.lexicographicallyPrecedes(upper) }

    func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        compareBytes(key, lower) >= 0 && (upper.isEmpty || compareBytes(key, upper) < 0)
    }

    /// What is left behind a key that was visited.
    func after(_ key: [UInt8]?, backward: Bool) -> KeyInterval {
        guard let key else { return self }
        return intersection(backward ? KeyInterval(lower: [], upper: key) : KeyInterval(lower: key + [0], upper: []))
    }

    func prefixed(by prefix: [UInt8]) -> KeyInterval {
        KeyInterval(lower: prefix + lower, upper: upper.isEmpty ? prefix + [0xFF] : prefix + upper)
    }

    func intersection(_ other: KeyInterval) -> KeyInterval {
        KeyInterval(
            lower: lower.lexicographicallyPrecedes(other.lower) ? other.lower : lower,
            upper: upper.isEmpty || (!other.upper.isEmpty && other.upper.lexicographicallyPrecedes(upper))
                ? other.upper : upper)
    }

    /// The keys of the values on one side of an operand, of its type bracket, in the order of the part.
    ///
    /// `limit`: where components are cut. Values that share the bytes before the cut are in no order, so the
    ///   bound takes in all of them.
    static func side(
        _ comparison: Filter.Comparison, _ operand: RawValue, descending: Bool, limit: Int
    ) -> KeyInterval {
        var key: [UInt8] = []
        let wasCut = KeyEncoder.encode(operand, descending: descending, limit: limit, into: &key)
        if wasCut { key.removeSubrange(limit...) }
        let before = key
        let after = key + [0xFF]
        let bracket = TypeBracket.range(of: operand.tag, descending: descending)
        var interval = KeyInterval(lower: bracket.lower, upper: bracket.upper)
        // NaN comes first of the numbers, and is less than none.
        if operand.isNumber { interval = interval.intersection(numbers(descending: descending)) }
        let isLess = comparison == .less || comparison == .lessOrEqual
        let takesEqual = wasCut || comparison == .lessOrEqual || comparison == .greaterOrEqual
        if isLess != descending {
            interval = interval.intersection(KeyInterval(lower: [], upper: takesEqual ? after : before))
        } else {
            interval = interval.intersection(KeyInterval(lower: takesEqual ? before : after, upper: []))
        }
        return interval
    }

    /// All numbers but NaN.
    private static func numbers(descending: Bool) -> KeyInterval {
        var key: [UInt8] = []
        KeyEncoder.encode(.double(.nan), descending: descending, into: &key)
        return descending ? KeyInterval(lower: [], upper: key) : KeyInterval(lower: key + [0xFF], upper: [])
    }
}
