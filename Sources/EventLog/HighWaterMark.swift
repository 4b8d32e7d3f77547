public import Platform

/// How far the log is known to have come: a position and the leaf of the record there.
///
/// A hash chain or tree shows that what is there was not altered; only a mark kept elsewhere shows that nothing is
/// missing at the end.
public struct HighWaterMark: Sendable, Hashable, CustomStringConvertible {
    /// 0 while the log is empty.
    public let position: UInt64
    /// ``Digest32/zero`` at position 0.
    public let leaf: Digest32

    public init(position: UInt64, leaf: Digest32) {
        self.position = position
        self.leaf = leaf
    }

    /// The mark of an empty log.
    public static let empty = HighWaterMark(position: 0, leaf: .zero)

    public var description: String { "position \(position), leaf \(leaf)" }
}

/// The file that keeps a ``HighWaterMark``: two slots, written in turn, so that a torn write leaves the one before
/// (RECORD.md).
public struct HighWaterFile: Sendable {
    public let path: String
    private let fileSystem: FileSystem
    /// What was last loaded or stored; nil where the file does not exist.
    public private(set) var mark: HighWaterMark?
    private var nextSlot = 0

    static let slotByteCount = 44
    /// Slots lie in different blocks, so that no device tears both.
    static let slotStride = 4096
    static let slotCount = 2
    static let fileByteCount = slotStride * slotCount

    /// Loads the mark. A missing file is no error: ``mark`` is nil.
    /// - Throws: ``LogError/highWaterDamaged(path:)`` when no slot is intact, ``LogError/file(_:)``.
    public init(path: String, fileSystem: FileSystem) throws(LogError) {
        self.path = path
        self.fileSystem = fileSystem
        let bytes: [UInt8]
        do throws(FileError) {
            guard try fileSystem.exists(path) else { return }
            bytes = try fileSystem.readWhole(path)
        } catch {
            throw .file(error)
        }
        let slots = (0..<Self.slotCount).map { Self.decode(slot: $0, of: bytes) }
        guard
            let newest = slots.indices.filter({ slots[$0] != nil }).max(by: { left, right in
                (slots[left]?.position ?? 0) < (slots[right]?.position ?? 0)
            })
        else { throw .highWaterDamaged(path: path) }
        mark = slots[newest]
        nextSlot = (newest + 1) % Self.slotCount
    }

    /// As if the file were missing: the next store makes it anew.
    init(missing path: String, fileSystem: FileSystem) {
        self.path = path
        self.fileSystem = fileSystem
    }

    /// Writes `mark` over the older slot, synced. The file is made, whole or not at all, where it is missing.
    public mutating func store(_ mark: HighWaterMark) throws(FileError) {
        if self.mark == nil {
            var bytes = [UInt8](repeating: 0, count: Self.fileByteCount)
            bytes.replaceSubrange(0..<Self.slotByteCount, with: Self.encode(mark))
            try fileSystem.writeAtomically(path, bytes)
            nextSlot = 1
        } else {
            // On an error the same slot is written again: the other one is intact.
            try fileSystem.overwrite(path, nextSlot * Self.slotStride, Self.encode(mark))
            nextSlot = (nextSlot + 1) % Self.slotCount
        }
        self.mark = mark
    }

    /// Replaces the file by one that holds only `mark`: for a rollback that an operator has accepted.
    public mutating func replace(with mark: HighWaterMark) throws(FileError) {
        self.mark = nil
        try store(mark)
    }

    static func encode(_ mark: HighWaterMark) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(slotByteCount)
        withUnsafeBytes(of: mark.position.littleEndian) { bytes.append(contentsOf: $0) }
        mark.leaf.append(to: &bytes)
        let checksum = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        withUnsafeBytes(of: checksum.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    static func decode(slot: Int, of file: [UInt8]) -> HighWaterMark? {
        let start = slot * slotStride
        guard file.count >= start + slotByteCount else { return nil }
        return file.withUnsafeBytes { bytes in
            let slot = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + slotByteCount)])
            let covered = slotByteCount - RecordLayout.checksumByteCount
            let stored: UInt32 = slot.littleEndian(at: covered)
            guard stored == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: slot[..<covered])) else { return nil }
            return HighWaterMark(
                position: slot.littleEndian(at: 0), leaf: Digest32(UnsafeRawBufferPointer(rebasing: slot[8...])))
        }
    }
}
