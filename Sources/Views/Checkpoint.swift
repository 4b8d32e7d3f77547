public import EventLog

/// How far the views are: the last position applied, its leaf, and the Merkle tree's right edge. Committed with the views.
public struct Checkpoint: Sendable, Hashable {
    public var position: UInt64
    /// The leaf of the record at `position`: views whose checkpoint is not the log's are not its views.
    public var leaf: Digest32
    public var frontier: MerkleFrontier

    public static let empty = Checkpoint(position: 0, leaf: .zero, frontier: MerkleFrontier())

    public init(position: UInt64, leaf: Digest32, frontier: MerkleFrontier) {
        self.position = position
        self.leaf = leaf
        self.frontier = frontier
    }

    /// position u64, leaf, frontier.
    var serialized: [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: position.littleEndian) { bytes.append(contentsOf: $0) }
        leaf.append(to: &bytes)
        bytes += frontier.serialized
        return bytes
    }

    init?(serialized bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 40,
            let frontier = MerkleFrontier(serialized: UnsafeRawBufferPointer(rebasing: bytes[40...]))
        else { return nil }
        position = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        leaf = Digest32(UnsafeRawBufferPointer(rebasing: bytes[8..<40]))
        self.frontier = frontier
    }
}
