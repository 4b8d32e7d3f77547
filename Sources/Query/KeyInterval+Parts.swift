extension KeyInterval {
    /// The interval in about so many parts, in order, of about the same width in the space of keys between two that lie in
    /// it. How many keys each has, only the keys decide.
    func parts(_ count: Int, from first: [UInt8], through last: [UInt8]) -> [KeyInterval] {
        let shared = zip(first, last).prefix { $0 == $1 }.count
        let (low, high) = (Self.number(first, shared), Self.number(last, shared))
        guard high > low, count > 1 else { return [self] }
        let step = max(1, (high - low) / UInt64(count))
        var bounds: [[UInt8]] = []
        for part in 1..<UInt64(count) {
            let (next, isTooFar) = low.addingReportingOverflow(step * part)
            guard !isTooFar, next < high else { break }
            bounds.append(first[..<shared] + withUnsafeBytes(of: next.bigEndian) { Array($0) })
        }
        return zip([lower] + bounds, bounds + [upper]).map { KeyInterval(lower: $0, upper: $1) }
    }

    /// The eight bytes behind the first `skipped`, as they sort.
    private static func number(_ key: [UInt8], _ skipped: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 << 8 | UInt64(skipped + $1 < key.count ? key[skipped + $1] : 0) }
    }
}
