/// What precedes each stored document, and is all there is of a stream: which events touched it.
///
///     0  u64  position of the last event that touched it
///     8  u32  how many events touched it: its version
///    12  u8   bytes of positions held here
///    13  u8   format, 1
///    14  …    positions, oldest first: the first as a varint, then differences
///
/// When the next position does not fit in `capacity`, all that are here move to a chunk in the side table and the list
/// starts again: so chunks depend on the sequence of positions alone, not on batches.
struct PostingHeader {
    static let capacity = 48
    static let fixedBytes = 14
    static let format: UInt8 = 1

    var last: UInt64 = 0
    var count: UInt32 = 0
    var byteCount: UInt8 = 0
    var bytes = InlineArray<48, UInt8>(repeating: 0)

    init() {}

    init?(_ stored: UnsafeRawBufferPointer) {
        guard stored.count >= Self.fixedBytes, stored[13] == Self.format else { return nil }
        last = UInt64(littleEndian: stored.loadUnaligned(as: UInt64.self))
        count = UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        byteCount = stored[12]
        guard Int(byteCount) <= Self.capacity, stored.count >= Self.fixedBytes + Int(byteCount) else { return nil }
        for offset in 0..<Int(byteCount) { bytes[offset] = stored[Self.fixedBytes + offset] }
    }

    var storedCount: Int { Self.fixedBytes + Int(byteCount) }

    /// Adds a position; returns the chunk that had to make room, if any.
    mutating func append(_ position: UInt64) -> PostingHeader? {
        var spilled: PostingHeader?
        let delta = byteCount == 0 ? position : position - last
        if Int(byteCount) + varintCount(delta) > Self.capacity {
            spilled = self
            byteCount = 0
            write(position)
        } else {
            write(delta)
        }
        last = position
        count += 1
        return spilled
    }

    private mutating func write(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes[Int(byteCount)] = UInt8(truncatingIfNeeded: rest) | 0x80
            byteCount += 1
            rest >>= 7
        }
        bytes[Int(byteCount)] = UInt8(rest)
        byteCount += 1
    }

    /// The first position held here: the key of the chunk.
    var first: UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for offset in 0..<Int(byteCount) {
            value |= UInt64(bytes[offset] & 0x7F) << shift
            if bytes[offset] < 0x80 { break }
            shift += 7
        }
        return value
    }

    func store(to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: last.littleEndian, as: UInt64.self)
        target.storeBytes(of: count.littleEndian, toByteOffset: 8, as: UInt32.self)
        target.storeBytes(of: byteCount, toByteOffset: 12, as: UInt8.self)
        target.storeBytes(of: Self.format, toByteOffset: 13, as: UInt8.self)
        storePositions(to: target + Self.fixedBytes)
    }

    func storePositions(to target: UnsafeMutableRawPointer) {
        for offset in 0..<Int(byteCount) { target.storeBytes(of: bytes[offset], toByteOffset: offset, as: UInt8.self) }
    }

    private func varintCount(_ value: UInt64) -> Int { max(1, (64 - value.leadingZeroBitCount + 6) / 7) }

    /// Calls `body` with each position in `bytes`, as they are delta coded here and in chunks.
    static func forEach(in bytes: UnsafeRawBufferPointer, _ body: (UInt64) -> Bool) -> Bool {
        var position: UInt64 = 0
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes {
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 {
                let (next, overflow) = position.addingReportingOverflow(value)
                if overflow { return false }
                position = next
                if !body(position) { return false }
                value = 0
                shift = 0
            } else if shift > 63 {
                return false
            }
        }
        return true
    }
}
