/// What has the process that a store is open in hold snapshots for another one, which verifies it: see ``SnapshotHolds``.
public protocol SnapshotKeeping: Sendable {
    /// From when it returns on, pages of what is committed by then stay as they are.
    func hold(_ subject: SnapshotHolds.Subject) throws(StoreError)
    /// Lets it go; nothing where it is not held.
    func release(_ subject: SnapshotHolds.Subject)
    /// - Throws: `interrupted`, where one of them was not held all the while.
    func check() throws(StoreError)
}
