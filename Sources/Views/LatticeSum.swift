/// A sum over documents that depends on nothing but which they are: added in any order, and adding one and taking it away
/// again leaves what was. LtHash (Lewi, Kim, Maykov and Weis 2019, after Bellare and Micciancio 1997) with 1,024 lanes of 16
/// bits. `ROOTS.md` has the construction.
final class LatticeSum {
    static let byteCount = 2_048
    private typealias Lanes = SIMD8<UInt16>
    private static let width = MemoryLayout<Lanes>.size

    /// Lanes, each u16 little endian.
    private let lanes: UnsafeMutableRawPointer

    /// Of no documents.
    init() {
        lanes = .allocate(byteCount: Self.byteCount, alignment: Self.width)
        clear()
    }

    deinit { lanes.deallocate() }

    func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: lanes, count: Self.byteCount))
    }

    var isZero: Bool {
        var all = Lanes.zero
        for offset in stride(from: 0, to: Self.byteCount, by: Self.width) {
            all |= lanes.load(fromByteOffset: offset, as: Lanes.self)
        }
        return all == .zero
    }

    func clear() { lanes.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount) }

    func add(_ document: DocumentHash) { document.withLanes { add($0) } }
    func subtract(_ document: DocumentHash) { document.withLanes { combine($0) { $0 &- $1 } } }

    /// Adds the lanes of another sum, or of one document. What is too short to be any is passed over.
    func add(_ other: UnsafeRawBufferPointer) { combine(other) { $0 &+ $1 } }

    @inline(__always)
    private func combine(_ other: UnsafeRawBufferPointer, _ step: (Lanes, Lanes) -> Lanes) {
        guard other.count == Self.byteCount else { return }
        for offset in stride(from: 0, to: Self.byteCount, by: Self.width) {
            let value = lanes.load(fromByteOffset: offset, as: Lanes.self)
            let term = other.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
            lanes.storeBytes(of: step(value, term), toByteOffset: offset, as: Lanes.self)
        }
    }
}
