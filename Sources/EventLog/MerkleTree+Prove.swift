extension MerkleTree {
    /// The inclusion proof of leaf `index` in the tree of `size` leaves (RFC 9162 section 2.1.3.1), lowest level first.
    ///
    /// nil when the tree has no such leaf. At most 64 hashes, O(log² size) calls of `subtree`.
    public static func inclusionProof<E: Error>(
        index: UInt64, size: UInt64, subtree: (MerkleSubtree) throws(E) -> Digest32
    ) throws(E) -> [Digest32]? {
        guard index < size else { return nil }
        var path: [Digest32] = []
        var first: UInt64 = 0
        var end = size
        // From the root down: at each split the sibling's hash is noted.
        while end - first > 1 {
            let split = first + largestPowerOfTwo(below: end - first)
            if index < split {
                path.append(try rangeRoot(split, end, subtree: subtree))
                end = split
            } else {
                path.append(try rangeRoot(first, split, subtree: subtree))
                first = split
            }
        }
        path.reverse()
        return path
    }

    /// The proof that the tree of `secondSize` leaves extends the one of `firstSize` (RFC 9162 section 2.1.4.1).
    ///
    /// Empty when either is trivial: no leaves at first, or the same size. nil when `firstSize` is the larger.
    public static func consistencyProof<E: Error>(
        from firstSize: UInt64, to secondSize: UInt64, subtree: (MerkleSubtree) throws(E) -> Digest32
    ) throws(E) -> [Digest32]? {
        guard firstSize <= secondSize else { return nil }
        guard firstSize > 0, firstSize < secondSize else { return [] }
        var path: [Digest32] = []
        var first: UInt64 = 0
        var end = secondSize
        // Down to the subtree that ends where the first tree ended.
        while end != firstSize {
            let split = first + largestPowerOfTwo(below: end - first)
            if firstSize <= split {
                path.append(try rangeRoot(split, end, subtree: subtree))
                end = split
            } else {
                path.append(try rangeRoot(first, split, subtree: subtree))
                first = split
            }
        }
        // When that subtree is the whole first tree, the verifier has its hash already.
        if first > 0 {
            path.append(try rangeRoot(first, end, subtree: subtree))
        }
        path.reverse()
        return path
    }
}
