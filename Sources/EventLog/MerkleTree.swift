internal import Crypto

/// A complete subtree of the log's tree: the leaves `index << level` up to `(index + 1) << level`, leaf 0 being
/// position 1.
public struct MerkleSubtree: Hashable, Sendable, CustomStringConvertible {
    /// 0 is a leaf; a subtree of level n has 2^n leaves.
    public let level: UInt8
    public let index: UInt64

    public init(level: UInt8, index: UInt64) {
        self.level = level
        self.index = index
    }

    /// Subtrees of this level and above are handed to the owner to store (one per 256 leaves and up); those below are
    /// hashed again from the records.
    public static let lowestStoredLevel: UInt8 = 8

    /// The key under which the owner stores the hash: level, then index big endian, so that a level lies together in
    /// order.
    public func withKey<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        var key: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (level, 0, 0, 0, 0, 0, 0, 0, 0)
        return try withUnsafeMutableBytes(of: &key) { (bytes) throws(E) -> R in
            bytes.storeBytes(of: index.bigEndian, toByteOffset: 1, as: UInt64.self)
            return try body(UnsafeRawBufferPointer(bytes))
        }
    }

    public var description: String { "level \(level), index \(index)" }
}

/// The hashes of RFC 6962 section 2.1 (the same in RFC 9162), and proofs from any source of subtree hashes.
public enum MerkleTree {
    /// The root of the tree without leaves: SHA-256 of nothing.
    public static let emptyRoot = Digest32.hashing(UnsafeRawBufferPointer(start: nil, count: 0))

    /// An inner node: SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: Digest32, _ right: Digest32) -> Digest32 {
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { buffer in
            let base = buffer.baseAddress.unsafelyUnwrapped
            base.storeBytes(of: 0x01, as: UInt8.self)
            left.store(to: base + 1)
            right.store(to: base + 33)
            return Digest32.hashing(UnsafeRawBufferPointer(buffer))
        }
    }

    /// The root over the first `size` leaves. Asks `subtree` for at most 64 complete subtrees.
    public static func root<E: Error>(
        size: UInt64, subtree: (MerkleSubtree) throws(E) -> Digest32
    ) throws(E) -> Digest32 {
        size == 0 ? emptyRoot : try rangeRoot(0, size, subtree: subtree)
    }

    /// The hash of a complete subtree from its leaves alone: for levels that are not stored. O(2^level).
    public static func subtreeRoot<E: Error>(
        _ subtree: MerkleSubtree, leaf: (UInt64) throws(E) -> Digest32
    ) throws(E) -> Digest32 {
        var frontier = MerkleFrontier()
        let first = subtree.index << UInt64(subtree.level)
        for index in first..<(first + (1 << UInt64(subtree.level))) {
            frontier.append(try leaf(index))
        }
        return frontier.root
    }

    /// MTH of the leaves `first..<end`, where `first` is a multiple of the power of two that covers the range: true for
    /// every range that the definitions of roots and proofs split off.
    static func rangeRoot<E: Error>(
        _ first: UInt64, _ end: UInt64, subtree: (MerkleSubtree) throws(E) -> Digest32
    ) throws(E) -> Digest32 {
        let count = end - first
        if count.nonzeroBitCount == 1 {
            let level = UInt64(count.trailingZeroBitCount)
            return try subtree(MerkleSubtree(level: UInt8(level), index: first >> level))
        }
        let split = first + largestPowerOfTwo(below: count)
        let left = try rangeRoot(first, split, subtree: subtree)
        return node(left, try rangeRoot(split, end, subtree: subtree))
    }

    /// The k of the RFC: the largest power of two smaller than `count`, which is at least 2.
    static func largestPowerOfTwo(below count: UInt64) -> UInt64 {
        1 << UInt64(UInt64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}
