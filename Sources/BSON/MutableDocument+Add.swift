extension MutableDocument {
    /// Adds to the number at `path` and makes it an int64 where it is not: what is missing or no number counts as 0, a
    /// fraction is cut off, and a sum that does not fit stays at the nearest int64.
    /// - Returns: the sum.
    @discardableResult @inlinable public mutating func add(_ delta: Int64, to path: FieldPath, in arena: Arena) -> Int64
    {
        if let found = raw[path], found.tag == BSONType.int64.rawValue {
            let sum = MutableDocument.clampedSum(found.base.loadUnaligned(as: Int64.self), delta)
            UnsafeMutableRawPointer(mutating: found.base).storeBytes(of: sum, as: Int64.self)
            return sum
        }
        return addSlowly(delta, to: path, in: arena)
    }

    @inlinable static func clampedSum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right < 0 ? .min : .max) : sum
    }

    @usableFromInline mutating func addSlowly(_ delta: Int64, to path: FieldPath, in arena: Arena) -> Int64 {
        let old = raw[path]
        let sum = MutableDocument.clampedSum(old?.int64 ?? old?.double?.clampedInt64 ?? 0, delta)
        set(path, sum, in: arena)
        return sum
    }
}

extension Double {
    /// Without its fraction; NaN is 0, and what does not fit is the nearest int64.
    var clampedInt64: Int64 {
        guard !isNaN else { return 0 }
        return Int64(exactly: rounded(.towardZero)) ?? (self < 0 ? .min : .max)
    }
}
