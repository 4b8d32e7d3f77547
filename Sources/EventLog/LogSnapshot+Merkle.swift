internal import BSON

/// Verification and proofs. `stored` gives the subtree hashes the owner keeps (``MerkleSubtree/lowestStoredLevel``
/// and above), or nil for those it has not; they are then hashed from the records, which is right but reads them all.
extension LogSnapshot {
    /// The hash of a complete subtree. O(256) records where the subtrees are stored.
    public func subtreeHash(
        _ subtree: MerkleSubtree, stored: (MerkleSubtree) throws(LogError) -> Digest32?
    ) throws(LogError) -> Digest32 {
        if subtree.level >= MerkleSubtree.lowestStoredLevel {
            if let hash = try stored(subtree) { return hash }
            let (level, index) = (subtree.level - 1, subtree.index * 2)
            let left = try subtreeHash(MerkleSubtree(level: level, index: index), stored: stored)
            return MerkleTree.node(
                left, try subtreeHash(MerkleSubtree(level: level, index: index + 1), stored: stored))
        }
        let count: UInt64 = 1 << UInt64(subtree.level)
        // Leaf i is position i + 1.
        let first = subtree.index * count + 1
        var frontier = MerkleFrontier()
        let found = try read(from: first, through: first + count - 1) { (record) throws(LogError) in
            frontier.append(record.leaf)
            return true
        }
        guard found == count else { throw .missingRecord(position: first + UInt64(found)) }
        return frontier.root
    }

    /// The root over the first `size` records.
    public func root(
        size: UInt64, stored: (MerkleSubtree) throws(LogError) -> Digest32? = { _ in nil }
    ) throws(LogError) -> Digest32 {
        try MerkleTree.root(size: size) { (subtree) throws(LogError) in try subtreeHash(subtree, stored: stored) }
    }

    /// The proof that the record at `position` is in the tree of the first `size` records; nil where it is not.
    public func inclusionProof(
        position: UInt64, size: UInt64, stored: (MerkleSubtree) throws(LogError) -> Digest32? = { _ in nil }
    ) throws(LogError) -> [Digest32]? {
        guard position > 0 else { return nil }
        return try MerkleTree.inclusionProof(index: position - 1, size: size) { (subtree) throws(LogError) in
            try subtreeHash(subtree, stored: stored)
        }
    }

    /// The proof that the first `to` records extend the first `from`.
    public func consistencyProof(
        from: UInt64, to: UInt64, stored: (MerkleSubtree) throws(LogError) -> Digest32? = { _ in nil }
    ) throws(LogError) -> [Digest32]? {
        try MerkleTree.consistencyProof(from: from, to: to) { (subtree) throws(LogError) in
            try subtreeHash(subtree, stored: stored)
        }
    }

    /// Checks the records after those in `frontier`, up to `through` or the end: checksums, no gap, recorded time not
    /// going backwards; and adds their leaves. Compare the frontier's root with one known from elsewhere.
    public func verify(into frontier: inout MerkleFrontier, through: UInt64 = .max) throws(LogError) {
        var newest: Int64 = .min
        try read(from: frontier.size + 1, through: through) { (record) throws(LogError) in
            guard record.recordedTime.milliseconds >= newest else {
                throw .recordedTimeBackwards(position: record.position)
            }
            newest = record.recordedTime.milliseconds
            frontier.append(record.leaf)
            return true
        }
    }
}

extension LogSnapshot {
    /// The right edge of the tree over the first `size` records: what further leaves are added to.
    public func frontier(
        size: UInt64, stored: (MerkleSubtree) throws(LogError) -> Digest32? = { _ in nil }
    ) throws(LogError) -> MerkleFrontier {
        var nodes: [Digest32] = []
        var end: UInt64 = 0
        for level in (0..<UInt8(UInt64.bitWidth)).reversed() where size >> UInt64(level) & 1 == 1 {
            nodes.append(try subtreeHash(MerkleSubtree(level: level, index: end >> UInt64(level)), stored: stored))
            end += 1 << UInt64(level)
        }
        return MerkleFrontier(size: size, nodes: nodes)
    }
}
