/// A document in an arena, edited in place.
///
/// It moves to a larger region of the arena when it outgrows its own; the old region keeps its bytes, as they were at
/// the moment of moving, until the arena is reset. A copy of this struct edits the same memory: who needs to undo copies first.
///
/// Performance: O(elements before the field) to find a field; a value of the same type and width is then written in place;
/// else the bytes after it are moved once.
@frozen public struct MutableDocument {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int

    @inlinable public init(copying document: RawDocument, in arena: Arena, slack: Int = 64) {
        self.init(bytes: document.bytes, in: arena, slack: slack)
    }

    /// `bytes`: one valid document.
    @inlinable public init(bytes: UnsafeRawBufferPointer, in arena: Arena, slack: Int = 64) {
        precondition(bytes.count >= 5, "a BSON document has at least 5 bytes")
        capacity = (bytes.count &+ slack &+ 7) & ~7
        base = arena.copy(bytes, capacity: capacity)
    }

    /// An empty document.
    @inlinable public init(in arena: Arena, slack: Int = 256) {
        capacity = (5 &+ slack &+ 7) & ~7
        base = arena.allocate(capacity)
        base.storeBytes(of: 5, as: UInt32.self)
        base.storeBytes(of: 0, toByteOffset: 4, as: UInt8.self)
    }

    /// The document as it is now; the view is valid until the next edit.
    @inlinable public var raw: RawDocument { RawDocument(base) }

    @inlinable public subscript(path: FieldPath) -> RawValue? { raw[path] }

    /// Another document with the same bytes in its own memory.
    @inlinable public func copy(in arena: Arena, slack: Int = 64) -> MutableDocument {
        MutableDocument(copying: raw, in: arena, slack: slack)
    }

    @inlinable func length(at offset: Int) -> Int {
        Int(base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func adjustLength(at offset: Int, by difference: Int) {
        let length = UInt32(truncatingIfNeeded: length(at: offset) + difference)
        base.storeBytes(of: length, toByteOffset: offset, as: UInt32.self)
    }

    /// Replaces `removed` bytes at `offset` by `inserted` bytes for the caller to fill. Lengths are left for the caller to fix,
    /// so `total` says how long the whole document is before.
    mutating func splice(at offset: Int, removing removed: Int, inserting inserted: Int, total: Int, in arena: Arena) {
        let newTotal = total + inserted - removed
        let tail = total - offset - removed
        if newTotal > capacity {
            let newCapacity = (newTotal + newTotal / 2 + 71) & ~7
            let target = arena.allocate(newCapacity)
            target.copyMemory(from: base, byteCount: offset)
            (target + offset + inserted).copyMemory(from: base + offset + removed, byteCount: tail)
            base = target
            capacity = newCapacity
        } else if inserted != removed {
            // copyMemory allows overlap.
            (base + offset + inserted).copyMemory(from: base + offset + removed, byteCount: tail)
        }
    }

    func _checkInvariants() {
        assert(raw.byteCount <= capacity, "a document fits its region")
        assert((try? RawDocument.validated(raw.bytes)) != nil, "an edited document stays valid")
    }
}
