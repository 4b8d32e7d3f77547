import BSON
internal import Glibc

/// A hash table from byte strings to 64-bit values, for one batch: open addressing, keys in the batch's arena. Lookup
/// and insertion are O(1) and allocate nothing but growth.
struct ByteTable: ~Copyable {
    private struct Slot {
        var key: UnsafeRawPointer?
        var length: UInt32
        var hash: UInt32
        var value: Int
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private(set) var count = 0

    init(capacity: Int = 1 << 8) {
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(key: nil, length: 0, hash: 0, value: 0), count: capacity)
        mask = capacity - 1
    }

    deinit { slots.deallocate() }

    /// The slot of `key`, or -1.
    func find(_ key: UnsafeRawBufferPointer, space: UInt32) -> Int {
        let hash = Self.hash(key, space)
        var at = Int(hash) & mask
        while let stored = slots[at].key {
            if slots[at].hash == hash, Int(slots[at].length) == key.count,
                memcmp(stored, key.baseAddress ?? stored, key.count) == 0
            {
                return at
            }
            at = (at + 1) & mask
        }
        return -1
    }

    /// Adds a key that `find` did not find; its bytes are copied to the arena. Slots of earlier keys may move.
    mutating func insert(_ key: UnsafeRawBufferPointer, space: UInt32, value: Int, arena: Arena) -> UnsafeRawPointer {
        if (count + 1) * 2 > mask { grow() }
        let hash = Self.hash(key, space)
        var at = Int(hash) & mask
        while slots[at].key != nil { at = (at + 1) & mask }
        let copy = UnsafeRawPointer(arena.copy(key, capacity: max(key.count, 1)))
        slots[at] = Slot(key: copy, length: UInt32(key.count), hash: hash, value: value)
        count += 1
        return copy
    }

    func value(at slot: Int) -> Int { slots[slot].value }
    func set(_ value: Int, at slot: Int) { slots[slot].value = value }
    func key(at slot: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: slots[slot].key, count: Int(slots[slot].length))
    }

    func forEach(_ body: (UnsafeRawBufferPointer, Int) -> Void) {
        for at in 0...mask where slots[at].key != nil { body(key(at: at), slots[at].value) }
    }

    mutating func removeAll() {
        guard count > 0 else { return }
        // A table that one big batch has blown up is not kept big, and cleared, for the small ones after it.
        if mask >= 1 << 10, count * 16 < mask {
            let capacity = (mask + 1) / 8
            slots.deallocate()
            slots = .allocate(capacity: capacity)
            mask = capacity - 1
        }
        slots.initialize(repeating: Slot(key: nil, length: 0, hash: 0, value: 0), count: mask + 1)
        count = 0
    }

    private mutating func grow() {
        let old = slots
        let oldCount = mask + 1
        slots = .allocate(capacity: oldCount * 2)
        slots.initialize(repeating: Slot(key: nil, length: 0, hash: 0, value: 0), count: oldCount * 2)
        mask = oldCount * 2 - 1
        for index in 0..<oldCount where old[index].key != nil {
            var at = Int(old[index].hash) & mask
            while slots[at].key != nil { at = (at + 1) & mask }
            slots[at] = old[index]
        }
        old.deallocate()
    }

    /// Multiply-mix over 8 bytes at a time; lives in memory only, so it may change.
    private static func hash(_ key: UnsafeRawBufferPointer, _ space: UInt32) -> UInt32 {
        var hash = UInt64(space) &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(key.count)
        var at = 0
        while at + 8 <= key.count {
            hash = mix(hash ^ key.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var tail: UInt64 = 0
        while at < key.count {
            tail = tail << 8 | UInt64(key[at])
            at += 1
        }
        hash = mix(hash ^ tail)
        return UInt32(truncatingIfNeeded: hash >> 32)
    }

    @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        return product.low ^ product.high
    }
}
