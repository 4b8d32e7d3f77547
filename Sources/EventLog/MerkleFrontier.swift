/// The right edge of the growing tree: the roots of its complete subtrees, largest first (a compact range from 0).
///
/// All that is needed to append and to know the root: at most 64 hashes, whatever the size of the log.
public struct MerkleFrontier: Sendable, Hashable {
    /// Leaves so far: the position of the last record.
    public private(set) var size: UInt64
    // One for each bit set in `size`, from the highest.
    private var nodes: [Digest32]

    /// The tree without leaves.
    public init() {
        size = 0
        nodes = []
    }

    /// `nodes`: one for each bit set in `size`, from the highest.
    init(size: UInt64, nodes: [Digest32]) {
        self.size = size
        self.nodes = nodes
    }

    /// Adds a leaf. Amortised one node hash.
    public mutating func append(_ leaf: Digest32) {
        append(leaf) { _, _ in }
    }

    /// Adds a leaf and reports every subtree of ``MerkleSubtree/lowestStoredLevel`` or above that it completes,
    /// lowest first, for the owner to store.
    public mutating func append(_ leaf: Digest32, onComplete: (MerkleSubtree, Digest32) -> Void) {
        append(leaf, level: 0, onComplete: onComplete)
    }

    /// Adds the leaves of a whole subtree at once, by its hash.
    ///
    /// Precondition: so many leaves as it has divide ``size``.
    public mutating func append(
        _ subtree: Digest32, level: UInt8, onComplete: (MerkleSubtree, Digest32) -> Void = { _, _ in }
    ) {
        precondition(size & (1 << UInt64(level) - 1) == 0, "a subtree lies at a multiple of its own size")
        let count: UInt64 = 1 << UInt64(level)
        var hash = subtree
        var level = level
        while size >> UInt64(level) & 1 == 1 {
            hash = MerkleTree.node(nodes.removeLast(), hash)
            level += 1
            if level >= MerkleSubtree.lowestStoredLevel {
                onComplete(MerkleSubtree(level: level, index: size >> UInt64(level)), hash)
            }
        }
        nodes.append(hash)
        size += count
    }

    /// The root over all leaves so far (RFC 6962 section 2.1). O(log size) hashes.
    public var root: Digest32 {
        guard var hash = nodes.last else { return MerkleTree.emptyRoot }
        for node in nodes.dropLast().reversed() {
            hash = MerkleTree.node(node, hash)
        }
        return hash
    }

    /// Size as u64 little endian, then the hashes, largest subtree first.
    public var serialized: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + nodes.count * Digest32.byteCount)
        withUnsafeBytes(of: size.littleEndian) { bytes.append(contentsOf: $0) }
        for node in nodes { node.append(to: &bytes) }
        return bytes
    }

    /// nil unless `bytes` are what ``serialized`` gives for some tree: the length must be the one that the size calls
    /// for.
    public init?(serialized bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8 else { return nil }
        size = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard bytes.count == 8 + size.nonzeroBitCount * Digest32.byteCount else { return nil }
        nodes = (0..<size.nonzeroBitCount).map { index in
            Digest32(UnsafeRawBufferPointer(rebasing: bytes[(8 + index * Digest32.byteCount)...]))
        }
    }
}
