package import LMDB

/// A snapshot that is open, to be opened once more by another thread: two cannot read through one.
package struct SnapshotTwin: Sendable {
    let store: ViewStore
    let target: ViewStore.Target
    let commit: Int

    /// `nil` where another commit came meanwhile.
    package func open() throws(LMDBError) -> ViewSnapshot? {
        let snapshot = try store.snapshot(target)
        guard snapshot.transaction.identifier == commit else { return nil }
        return consume snapshot
    }
}
