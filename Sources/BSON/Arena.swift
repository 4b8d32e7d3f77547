internal import Glibc

/// Memory for one batch: handed out by moving a pointer, given back all at once. Not for use by two threads; nothing is
/// called while `position` and `available` change, so their accesses need no watching.
public final class Arena {
    @exclusivity(unchecked) @usableFromInline var position: UnsafeMutableRawPointer
    @exclusivity(unchecked) @usableFromInline var available: Int
    private let chunkBytes: Int
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var current = 0
    private var oversized: [UnsafeMutableRawBufferPointer] = []
    /// Whole chunks kept by `reset()`.
    private let keptBytes: Int

    /// `keptBytes`: memory that `reset()` keeps for what comes next.
    public init(chunkBytes: Int = 1 << 20, keptBytes: Int = 64 << 20) {
        precondition(chunkBytes >= 64, "a chunk has at least 64 bytes")
        self.chunkBytes = chunkBytes
        self.keptBytes = keptBytes
        let first = Arena.chunk(chunkBytes)
        chunks.append(first)
        position = first.baseAddress.unsafelyUnwrapped
        available = first.count
    }

    /// Memory is touched once from end to end, so a page fault for every 4 KiB of it would cost more than what is done
    /// there; large chunks ask for huge pages, which the kernel may refuse.
    private static func chunk(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        guard byteCount >= hugePageBytes else { return .allocate(byteCount: byteCount, alignment: 16) }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: hugePageBytes)
        _ = madvise(chunk.baseAddress, byteCount, MADV_HUGEPAGE)
        return chunk
    }

    public static let hugePageBytes = 2 << 20

    deinit {
        for chunk in chunks { chunk.deallocate() }
        for chunk in oversized { chunk.deallocate() }
    }

    /// Uninitialised bytes, aligned to 8, valid until `reset()` or the arena's end.
    @inlinable public func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let rounded = (byteCount &+ 7) & ~7
        guard rounded <= available else { return allocateSlowly(rounded) }
        let start = position
        position += rounded
        available &-= rounded
        return start
    }

    @usableFromInline func allocateSlowly(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if byteCount > chunkBytes / 4 {
            let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
            oversized.append(chunk)
            return chunk.baseAddress.unsafelyUnwrapped
        }
        current += 1
        if current == chunks.count {
            chunks.append(Arena.chunk(chunkBytes))
        }
        position = chunks[current].baseAddress.unsafelyUnwrapped
        available = chunkBytes
        return allocate(byteCount)
    }

    /// A copy of `bytes` at the start of a region of at least `capacity` bytes.
    @inlinable public func copy(_ bytes: UnsafeRawBufferPointer, capacity: Int = 0) -> UnsafeMutableRawPointer {
        let start = allocate(max(bytes.count, capacity))
        if let source = bytes.baseAddress { start.copyMemory(from: source, byteCount: bytes.count) }
        return start
    }

    /// Takes back all that was handed out. Keeps chunks for the next batch.
    public func reset() {
        for chunk in oversized { chunk.deallocate() }
        oversized.removeAll(keepingCapacity: true)
        while chunks.count > 1, chunks.count * chunkBytes > keptBytes { chunks.removeLast().deallocate() }
        current = 0
        position = chunks[0].baseAddress.unsafelyUnwrapped
        available = chunks[0].count
    }

    /// Bytes handed out since the last reset, with what was left over at the ends of chunks.
    public var allocatedBytes: Int {
        oversized.reduce((current + 1) * chunkBytes - available) { $0 + $1.count }
    }
}
