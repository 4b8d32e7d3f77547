import Glibc

extension JSON.Parser {
    /// Remembers the name at `offset` of the output; false where the object has it already.
    ///
    /// Performance: names of an object are compared by hash, each with those before it; past ``narrowFields`` through a
    /// hash table, so that a wide object costs no more per name than a narrow one.
    @inline(__always)
    mutating func addKey(at offset: Int, byteCount: Int, in frame: UnsafeMutablePointer<Frame>) -> Bool {
        let hash = Self.hash(UnsafePointer(output + offset), byteCount)
        if frame.pointee.count <= Self.narrowFields {
            var index = frame.pointee.firstKey
            while index < keyCount {
                if keys[index].hash == hash, isSameKey(keys[index].offset, offset, byteCount) { return false }
                index += 1
            }
        } else if !addWideKey(hash, at: offset, byteCount: byteCount, in: frame) {
            return false
        }
        if keyCount == keyCapacity { growKeys() }
        keys[keyCount] = Key(hash: hash, offset: offset)
        keyCount += 1
        return true
    }

    /// `byteCount` is the second name's; comparing its NUL as well settles the first one's.
    private func isSameKey(_ first: Int, _ second: Int, _ byteCount: Int) -> Bool {
        memcmp(output + first, output + second, byteCount + 1) == 0
    }

    /// Mixes a name of at most eight bytes without a loop. Reads up to seven bytes past its end: the output has them.
    @inline(__always)
    static func hash(_ name: UnsafePointer<UInt8>, _ byteCount: Int) -> UInt64 {
        let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
        let raw = UnsafeRawPointer(name)
        var hash = UInt64(truncatingIfNeeded: byteCount)
        var offset = 0
        while offset &+ 8 <= byteCount {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* multiplier
            hash ^= hash &>> 29
            offset &+= 8
        }
        if offset < byteCount {
            let mask = ~(UInt64.max &<< UInt64(truncatingIfNeeded: (byteCount &- offset) &* 8))
            let rest = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & mask
            hash = (hash ^ rest) &* multiplier
            hash ^= hash &>> 29
        }
        return hash
    }

    @inline(never)
    private mutating func growKeys() {
        let larger = UnsafeMutablePointer<Key>.allocate(capacity: keyCapacity * 2)
        larger.update(from: keys, count: keyCount)
        keys.deallocate()
        keys = larger
        keyCapacity *= 2
    }

    /// ``addKey(at:byteCount:in:)`` for objects with many members.
    @inline(never)
    private mutating func addWideKey(
        _ hash: UInt64, at offset: Int, byteCount: Int, in frame: UnsafeMutablePointer<Frame>
    ) -> Bool {
        let serial = frame.pointee.serial
        let firstKey = frame.pointee.firstKey
        reserveWideKeys(keyCount - firstKey + 1, innermost: frame)
        if frame.pointee.count == Self.narrowFields + 1 {
            // The object has just become wide: its names so far are not in the table.
            for index in firstKey..<keyCount {
                insertWideKey(WideKey(hash: keys[index].hash, offset: keys[index].offset, serial: serial))
            }
        }
        var slot = wideSlot(hash, serial)
        while wideKeys[slot].serial != 0 {
            let other = wideKeys[slot]
            // Slots of closed objects stay behind and may point anywhere: the serial is compared first.
            if other.serial == serial, other.hash == hash, isSameKey(other.offset, offset, byteCount) { return false }
            slot = (slot + 1) & (wideKeys.count - 1)
        }
        wideKeys[slot] = WideKey(hash: hash, offset: offset, serial: serial)
        wideKeyCount += 1
        return true
    }

    private mutating func insertWideKey(_ key: WideKey) {
        var slot = wideSlot(key.hash, key.serial)
        while wideKeys[slot].serial != 0 { slot = (slot + 1) & (wideKeys.count - 1) }
        wideKeys[slot] = key
        wideKeyCount += 1
    }

    private func wideSlot(_ hash: UInt64, _ serial: UInt32) -> Int {
        let mixed = (hash ^ (UInt64(serial) &* 0xD6E8_FEB8_6659_FD93)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> 32) & (wideKeys.count - 1)
    }

    /// Keeps the table at most half full after `count` more names of the innermost object. Names of objects that are
    /// closed are dropped, so that the table follows what is open, not the whole text.
    private mutating func reserveWideKeys(_ count: Int, innermost: UnsafeMutablePointer<Frame>) {
        guard (wideKeyCount + count) * 2 > wideKeys.count else { return }
        let live = wideKeys.filter { isOpen($0.serial, innermost: innermost) }
        var capacity = 256
        while capacity < (live.count + count) * 4 { capacity *= 2 }
        wideKeys = Array(repeating: WideKey(hash: 0, offset: 0, serial: 0), count: capacity)
        wideKeyCount = 0
        for key in live { insertWideKey(key) }
    }

    /// Whether the object numbered `serial` is open. Serials grow from the outermost frame to the innermost.
    private func isOpen(_ serial: UInt32, innermost: UnsafeMutablePointer<Frame>) -> Bool {
        guard serial != 0 else { return false }
        var frame = innermost
        while frame > frames, frame.pointee.serial > serial { frame -= 1 }
        return frame.pointee.serial == serial
    }
}
