extension Validator {
    struct Name {
        let hash: UInt64
        let start: Int
        let count: Int
    }

    /// What is known of the names of one document.
    struct KnownNames {
        /// Where they begin in `names`.
        let first: Int
        /// A bit per hash seen: a name whose bit is not set is new.
        var bits: UInt64 = 0
        /// Whether so many names came that the rest is compared at the end, sorted: a hostile document costs no n².
        var isSorted = false

        init(first: Int) { self.first = first }
    }

    private static let scannedNames = 48

    @inline(__always) mutating func remember(
        from start: Int, to end: Int, _ known: inout KnownNames
    ) throws(BSONError) {
        let name = Name(hash: hash(from: start, to: end), start: start, count: end &- start)
        let bit: UInt64 = 1 &<< (name.hash >> 58)
        if known.bits & bit != 0 {
            if names.count &- known.first < Validator.scannedNames {
                for other in names[known.first...] where other.hash == name.hash && order(other, name) == 0 {
                    throw failure(.duplicateName, at: start)
                }
            } else {
                known.isSorted = true
            }
        }
        known.bits |= bit
        // Most documents fit at once.
        if names.capacity == 0 { names.reserveCapacity(48) }
        names.append(name)
    }

    /// Ends a document: compares the names that were not compared as they came.
    mutating func forget(_ known: inout KnownNames) throws(BSONError) {
        if known.isSorted {
            let sorted = names[known.first...].sorted { $0.hash == $1.hash ? order($0, $1) < 0 : $0.hash < $1.hash }
            for index in 1..<sorted.count
            where sorted[index].hash == sorted[index - 1].hash && order(sorted[index], sorted[index - 1]) == 0 {
                throw failure(.duplicateName, at: max(sorted[index].start, sorted[index - 1].start))
            }
        }
        names.removeLast(names.count &- known.first)
    }

    @inline(__always) private func hash(from start: Int, to end: Int) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: end &- start) &* 0x9E37_79B9_7F4A_7C15
        var position = start
        while end &- position >= 8 {
            hash = (hash ^ base.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
            position &+= 8
        }
        var rest: UInt64 = 0
        while position < end {
            rest = rest &<< 8 | UInt64(byte(at: position))
            position &+= 1
        }
        hash = (hash ^ rest) &* 0xD6E8_FEB8_6659_FD93
        return hash ^ hash >> 32
    }

    /// By length, then bytes: any total order that tells names apart.
    private func order(_ left: Name, _ right: Name) -> Int {
        guard left.count == right.count else { return left.count - right.count }
        return Order.compareBytes(
            UnsafeRawBufferPointer(start: base + left.start, count: left.count),
            UnsafeRawBufferPointer(start: base + right.start, count: right.count))
    }
}
