/// A position as LMDB orders it: 8 bytes, big endian.
enum PositionKey {
    static let byteCount = 8

    static func with<R, E: Error>(
        _ position: UInt64, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try withUnsafePointer(to: position.bigEndian) { (pointer) throws(E) -> R in
            try body(UnsafeRawBufferPointer(start: pointer, count: byteCount))
        }
    }

    /// nil unless `key` is 8 bytes.
    static func position(_ key: UnsafeRawBufferPointer) -> UInt64? {
        key.count == byteCount ? UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)) : nil
    }
}
