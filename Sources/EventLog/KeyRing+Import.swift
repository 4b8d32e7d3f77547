/// What a ring takes on with records that were written elsewhere.
extension KeyRing {
    /// The most slots that a ring without keys is made with: more than any log can have used honestly.
    private static let mostSlots: UInt64 = 1 << 26

    /// Whether the key is there, was destroyed, or would be one of those that are still to come: then what it sealed can be
    /// read, or reads as erased.
    public func fits(_ id: Digest16) throws(KeyRingError) -> Bool {
        let slot = Self.slot(of: id)
        guard slot >= 1, slot <= Self.mostSlots else { return false }
        guard Self.offset(ofSlot: slot) < end else { return true }
        do throws(KeyRingError) {
            _ = try key(id)
            return true
        } catch {
            guard case .missingKey = error else { throw error }
            return false
        }
    }

    /// Makes destroyed keys up to the slot of `id`, where the ring ends before: its keys did not come along.
    public func addDestroyed(through id: Digest16) throws(KeyRingError) {
        let slot = Self.slot(of: id)
        guard slot <= Self.mostSlots else { throw .missingKey(id) }
        try addDestroyed(throughSlot: slot)
    }

    /// What another copy of this ring has: keys that are new, and none that it destroyed.
    ///
    /// `piece`: of its file, from `offset` on.
    /// - Throws: ``KeyRingError/damaged(path:problem:)`` where it is another ring.
    public func merge(_ piece: [UInt8], at offset: Int) throws(KeyRingError) {
        var ours = try bytes(at: offset, piece.count)
        guard offset % Self.slotBytes == 0, piece.count % Self.slotBytes == 0, ours.count % Self.slotBytes == 0,
            offset == 0
                ? ours.prefix(Self.headerBytes) == piece.prefix(Self.headerBytes) : !(ours.isEmpty && offset > end)
        else { throw .damaged(path: path, problem: "the keys that come are not of this ring") }
        var start = offset == 0 ? Self.headerBytes : 0
        while start < piece.count {
            let theirs = piece[start..<(start + Self.slotBytes)]
            if start >= ours.count || piece[start] == SlotState.destroyed {
                ours.replaceSubrange(min(start, ours.count)..<min(start + Self.slotBytes, ours.count), with: theirs)
            }
            start += Self.slotBytes
        }
        try replace(at: offset, ours)
    }
}
