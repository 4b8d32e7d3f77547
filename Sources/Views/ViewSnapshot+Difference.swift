public import BSON
public import LMDB
public import Schema
internal import Glibc

extension ViewSnapshot {
    /// The documents in which a collection differs from that of another snapshot, in the order of their `_id`, until `body`
    /// returns false. O(documents).
    public func forEachDifference(
        _ model: CollectionModel, from other: borrowing ViewSnapshot,
        _ body: (_ key: UnsafeRawBufferPointer, _ before: RawDocument?, _ after: RawDocument?) -> Bool
    ) throws(LMDBError) {
        var before = try other.transaction.cursor(other.target.documents(other.target.space(of: model.number)))
        var after = try transaction.cursor(target.documents(target.space(of: model.number)))
        var hasBefore = try before.first()
        var hasAfter = try after.first()
        while hasBefore || hasAfter {
            let order: Int
            if hasBefore, hasAfter {
                order =
                    before.key.elementsEqual(after.key) ? 0 : before.key.lexicographicallyPrecedes(after.key) ? -1 : 1
            } else {
                order = hasBefore ? -1 : 1
            }
            let old = order <= 0 ? Batch.document(in: before.value) : nil
            let new = order >= 0 ? Batch.document(in: after.value) : nil
            if old.map({ !Self.equal($0, new) }) ?? true {
                guard body(order <= 0 ? before.key : after.key, old, new) else { return }
            }
            if order <= 0 { hasBefore = try before.next() }
            if order >= 0 { hasAfter = try after.next() }
        }
    }

    private static func equal(_ a: RawDocument, _ b: RawDocument?) -> Bool {
        guard let b, a.byteCount == b.byteCount else { return false }
        return memcmp(a.base, b.base, a.byteCount) == 0
    }
}
