/// Positions in rising order, packed: each as its distance from the one before (the first from 0), LEB128.
///
/// Used for the positions that touched a document and for those of a stream. A chunk is only these bytes: 1 byte a
/// posting where neighbours are less than 128 apart, no header. When to begin a new chunk is the caller's rule (on
/// the byte count), which has to be deterministic. An unowned view: valid as long as the bytes are.
public struct PostingList: Sequence {
    public let bytes: UnsafeRawBufferPointer

    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Appends `position` to a chunk whose last is `last` (0 while the chunk is empty).
    ///
    /// Precondition: `position` is greater than `last`. O(1).
    public static func append(_ position: UInt64, after last: UInt64, to chunk: inout [UInt8]) {
        precondition(position > last, "positions rise")
        var rest = position - last
        while rest >= 0x80 {
            chunk.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        chunk.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Bytes that `append` would add.
    public static func byteCount(of position: UInt64, after last: UInt64) -> Int {
        let distance = position &- last
        return Swift.max(1, (UInt64.bitWidth - distance.leadingZeroBitCount + 6) / 7)
    }

    /// Number of positions. O(n) over bytes, without decoding.
    public var count: Int {
        // Each posting ends with the one byte whose high bit is clear.
        var total = 0
        for byte in bytes where byte < 0x80 { total += 1 }
        return total
    }

    /// The lowest position. O(1).
    public var first: UInt64? {
        var iterator = makeIterator()
        return iterator.next()
    }

    /// The highest position. O(n).
    public var last: UInt64? {
        var result: UInt64?
        for position in self { result = position }
        return result
    }

    /// Whether the bytes are whole and rising. A damaged chunk is iterated up to the damage.
    public var isWellFormed: Bool {
        var iterator = makeIterator()
        while iterator.next() != nil {}
        return iterator.offset == bytes.count
    }

    public func makeIterator() -> Iterator {
        Iterator(bytes: bytes)
    }

    public struct Iterator: IteratorProtocol {
        let bytes: UnsafeRawBufferPointer
        fileprivate(set) var offset = 0
        private var position: UInt64 = 0

        fileprivate init(bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        public mutating func next() -> UInt64? {
            var distance: UInt64 = 0
            var shift: UInt64 = 0
            var index = offset
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                // The tenth byte has room for one bit.
                guard shift < 63 || (shift == 63 && byte <= 1) else { return nil }
                distance |= UInt64(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 {
                    let (sum, overflow) = position.addingReportingOverflow(distance)
                    guard distance > 0, !overflow else { return nil }
                    position = sum
                    offset = index
                    return sum
                }
            }
            return nil
        }
    }
}
