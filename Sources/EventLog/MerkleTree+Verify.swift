extension MerkleTree {
    /// Whether `proof` shows that `leaf` is leaf `index` of the tree of `size` leaves with this `root` (RFC 9162
    /// section 2.1.3.2).
    public static func verifyInclusion(
        of leaf: Digest32, index: UInt64, size: UInt64, root: Digest32, proof: [Digest32]
    ) -> Bool {
        guard index < size else { return false }
        var node = index
        var last = size - 1
        var hash = leaf
        for sibling in proof {
            guard last != 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = Self.node(sibling, hash)
                skipLevelsWithoutSibling(&node, &last)
            } else {
                hash = Self.node(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Whether `proof` shows that the tree of `secondSize` leaves extends the one of `firstSize` (RFC 9162 section
    /// 2.1.4.2).
    public static func verifyConsistency(
        firstSize: UInt64, firstRoot: Digest32, secondSize: UInt64, secondRoot: Digest32, proof: [Digest32]
    ) -> Bool {
        guard firstSize <= secondSize else { return false }
        if firstSize == secondSize { return proof.isEmpty && firstRoot == secondRoot }
        if firstSize == 0 { return proof.isEmpty && firstRoot == emptyRoot }

        // A first tree that is one complete subtree is not in the proof: its root is known.
        var rest = proof[...]
        var firstHash = firstRoot
        if firstSize.nonzeroBitCount != 1 {
            guard let start = rest.popFirst() else { return false }
            firstHash = start
        } else if rest.isEmpty {
            return false
        }
        var secondHash = firstHash
        var node = firstSize - 1
        var last = secondSize - 1
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        for sibling in rest {
            guard last != 0 else { return false }
            if node & 1 == 1 || node == last {
                firstHash = Self.node(sibling, firstHash)
                secondHash = Self.node(sibling, secondHash)
                skipLevelsWithoutSibling(&node, &last)
            } else {
                secondHash = Self.node(secondHash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && firstHash == firstRoot && secondHash == secondRoot
    }

    /// A node at the right edge without a sibling stands for itself on the next level.
    private static func skipLevelsWithoutSibling(_ node: inout UInt64, _ last: inout UInt64) {
        while node & 1 == 0 && node != 0 {
            node >>= 1
            last >>= 1
        }
    }
}
