internal import LMDB
internal import Synchronization

/// How many snapshots are open, and how many may be: a crowd of readers is turned away by a word of its own before
/// LMDB's slots run out, which the sequencer needs too.
final class SnapshotLimit: Sendable {
    let most: Int
    fileprivate let open = Atomic<Int>(0)

    init(_ most: Int) { self.most = most }

    /// - Throws: `tooManyReaders`.
    func permit() throws(LMDBError) -> SnapshotPermit {
        guard open.add(1, ordering: .relaxed).newValue <= most else {
            open.subtract(1, ordering: .relaxed)
            throw .tooManyReaders(limit: most)
        }
        return SnapshotPermit(self)
    }
}

/// Held by one snapshot, for as long as it lives.
final class SnapshotPermit: Sendable {
    private let limit: SnapshotLimit

    fileprivate init(_ limit: SnapshotLimit) { self.limit = limit }

    deinit { limit.open.subtract(1, ordering: .relaxed) }
}
