internal import CCRC32C

/// CRC-32C (Castagnoli), the checksum that ends a record and a high-water slot.
///
/// Finds accidents (bit rot, torn writes), not forgers: those the Merkle tree finds.
public enum CRC32C {
    /// The checksum of `bytes`, or of what `previous` covered followed by `bytes`.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
        ccrc32c_update(previous, bytes.baseAddress, bytes.count)
    }

    /// The same without the processor's instruction. For tests.
    static func portableChecksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        ccrc32c_update_portable(0, bytes.baseAddress, bytes.count)
    }
}
