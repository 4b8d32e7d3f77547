/// What a copy of a ring's file takes, which is made without the master key.
extension KeyRing {
    /// Whether the bytes begin as a ring does.
    public static func isRing(_ bytes: [UInt8]) -> Bool {
        bytes.count >= headerBytes && bytes.starts(with: magic) && (bytes.count - headerBytes) % slotBytes == 0
    }

    /// A piece of a ring for copies: a multiple of this many bytes begins and ends between slots.
    public static let pieceBytes = 1 << 20

    /// Destroys these keys in a piece of a ring, which begins at `offset` of the file, a multiple of a slot's bytes.
    /// - Returns: how many of them were live in it.
    @discardableResult
    public static func destroy(_ ids: Set<Digest16>, in piece: inout [UInt8], at offset: Int) -> Int {
        guard !ids.isEmpty else { return 0 }
        var count = 0
        var start = offset == 0 ? headerBytes : 0
        while start + slotBytes <= piece.count {
            let slot = UInt64((offset + start - headerBytes) / slotBytes) + 1
            let tag = piece[(start + tagBytes)..<(start + 2 * tagBytes)]
            if piece[start] == SlotState.live, ids.contains(id(slot: slot, tag)) {
                piece.replaceSubrange(
                    start..<(start + slotBytes),
                    with: [SlotState.destroyed] + [UInt8](repeating: 0, count: slotBytes - 1))
                count += 1
            }
            start += slotBytes
        }
        return count
    }
}
