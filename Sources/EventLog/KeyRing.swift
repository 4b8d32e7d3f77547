internal import Crypto
internal import Foundation
public import Platform
internal import Synchronization

/// The keys under which personal data is sealed, one for each person, in a file outside LMDB: what is deleted there lies
/// on in free pages, a slot here is overwritten. RECORD.md shows the file.
///
/// Keys are made and flushed some hundreds ahead of their use, so that giving a key to a person costs no flush.
public final class KeyRing: Sendable {
    public let path: String
    private let master: SymmetricKey
    private let fileSystem: FileSystem
    let randomness: Randomness
    private let state: Mutex<State>

    private struct State {
        var slotCount: UInt64
        /// Keys that are on the device and nobody's yet.
        var spare: [(id: Digest16, key: SymmetricKey)] = []
        var nextSpares = 64
        /// Keys that were used lately, by slot.
        var cache: [UInt64: (id: Digest16, key: SymmetricKey)] = [:]
    }

    static let magic = Array("annalsKR".utf8)
    private static let version: UInt32 = 1
    static let slotBytes = 64
    /// Of the file: the head is as long as a slot.
    public static let slotByteCount = slotBytes
    static let headerBytes = 64
    private static let wrappedBytes = 40
    static let tagBytes = 8
    private static let largestCache = 1 << 16

    enum SlotState { static let live: UInt8 = 1, destroyed: UInt8 = 3 }

    /// Opens the ring, making it where there is none.
    public init(
        path: String, master: MasterKey, fileSystem: FileSystem = .system, randomness: Randomness = .system
    ) throws(KeyRingError) {
        self.path = path
        self.master = master.key
        self.fileSystem = fileSystem
        self.randomness = randomness
        let status = try KeyRingError.wrapping { () throws(FileError) in try fileSystem.status(path) }
        let slotBytes = max(0, (status?.byteCount ?? 0) - Self.headerBytes)
        state = Mutex(State(slotCount: UInt64(slotBytes / Self.slotBytes)))
        if status == nil {
            let header = try header()
            try KeyRingError.wrapping { () throws(FileError) in try fileSystem.writeAtomically(path, header) }
        } else {
            try check(try read(at: 0, Self.headerBytes))
        }
    }

    // MARK: The header

    /// Magic, version, bytes of a slot, and a known key wrapped, which tells whether a master key is the ring's.
    private func header() throws(KeyRingError) -> [UInt8] {
        var bytes = Self.magic
        withUnsafeBytes(of: Self.version.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(Self.slotBytes).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += try wrap(Self.probe)
        return bytes + [UInt8](repeating: 0, count: Self.headerBytes - bytes.count)
    }

    private static var probe: SymmetricKey { SymmetricKey(data: SHA256.hash(data: Data("annals key ring".utf8))) }

    private func check(_ header: [UInt8]) throws(KeyRingError) {
        guard header.count == Self.headerBytes, header.starts(with: Self.magic) else {
            throw .damaged(path: path, problem: "it does not begin as a key ring does")
        }
        let wrapped = header[16..<(16 + Self.wrappedBytes)]
        guard let probe = try? AES.KeyWrap.unwrap(Data(wrapped), using: master), probe == Self.probe else {
            throw .wrongMasterKey(ring: path)
        }
    }

    private func wrap(_ key: SymmetricKey) throws(KeyRingError) -> [UInt8] {
        do { return Array(try AES.KeyWrap.wrap(key, using: master)) } catch {
            throw .damaged(path: path, problem: "a key could not be wrapped: \(error)")
        }
    }

    // MARK: Keys

    /// A key that is on the device and nobody's yet. The caller remembers whose it becomes.
    public func allocate() throws(KeyRingError) -> Digest16 {
        try state.withLock { (state) throws(KeyRingError) in
            if state.spare.isEmpty { try makeSpares(&state) }
            let (id, key) = state.spare.removeLast()
            remember(id, key, &state)
            return id
        }
    }

    private func makeSpares(_ state: inout State) throws(KeyRingError) {
        let count = state.nextSpares
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * Self.slotBytes)
        var made: [(id: Digest16, key: SymmetricKey)] = []
        for offset in 0..<count {
            let key = SymmetricKey(data: randomness.bytes(32))
            let tag = randomness.bytes(Self.tagBytes)
            bytes += [SlotState.live] + [UInt8](repeating: 0, count: 7) + tag + [UInt8](repeating: 0, count: 8)
            bytes += try wrap(key)
            made.append((Self.id(slot: state.slotCount + UInt64(offset) + 1, tag), key))
        }
        let offset = Self.offset(ofSlot: state.slotCount + 1)
        try KeyRingError.wrapping { () throws(FileError) in try fileSystem.overwrite(path, offset, bytes) }
        state.slotCount += UInt64(count)
        state.spare = made.reversed()
        state.nextSpares = min(4_096, count * 4)
    }

    /// The key of this id; `nil` where it was destroyed.
    func key(_ id: Digest16) throws(KeyRingError) -> SymmetricKey? {
        try state.withLock { (state) throws(KeyRingError) in
            let slot = Self.slot(of: id)
            if let known = state.cache[slot], known.id == id { return known.key }
            let bytes = try read(id, state)
            if bytes[0] == SlotState.destroyed, Self.isUntold(bytes) || Self.id(slot: slot, bytes[8..<16]) == id {
                return nil
            }
            guard bytes[0] == SlotState.live, Self.id(slot: slot, bytes[8..<16]) == id else {
                throw .missingKey(id)
            }
            guard let key = try? AES.KeyWrap.unwrap(Data(bytes[24..<64]), using: master) else {
                throw .damagedKey(id)
            }
            remember(id, key, &state)
            return key
        }
    }

    package func isDestroyed(_ id: Digest16) throws(KeyRingError) -> Bool { try key(id) == nil }

    /// Overwrites the keys, flushed. Destroying one again is no error.
    public func destroy(_ ids: [Digest16]) throws(KeyRingError) {
        try state.withLock { (state) throws(KeyRingError) in
            for id in ids {
                let slot = Self.slot(of: id)
                state.cache[slot] = nil
                let bytes = try read(id, state)
                if bytes[0] == SlotState.destroyed, Self.isUntold(bytes) { continue }
                guard Self.id(slot: slot, bytes[8..<16]) == id else { throw .missingKey(id) }
                guard bytes[0] != SlotState.destroyed else { continue }
                // Its tag stays, so that no key of another ring is taken for it.
                let empty =
                    [SlotState.destroyed] + [UInt8](repeating: 0, count: 7) + bytes[8..<16]
                    + [UInt8](repeating: 0, count: Self.slotBytes - 16)
                let offset = Self.offset(ofSlot: slot)
                try KeyRingError.wrapping { () throws(FileError) in try fileSystem.overwrite(path, offset, empty) }
            }
        }
    }

    /// Bytes of the file as no change is half done; fewer where it ends before. For copies, made piece by piece.
    public func bytes(at offset: Int, _ count: Int) throws(KeyRingError) -> [UInt8] {
        try state.withLock { (_) throws(KeyRingError) in
            try KeyRingError.wrapping { () throws(FileError) in try fileSystem.read(path, offset, count) }
        }
    }

    /// Bytes of the file.
    var end: Int { state.withLock { Self.headerBytes + Int($0.slotCount) * Self.slotBytes } }

    func addDestroyed(throughSlot last: UInt64) throws(KeyRingError) {
        try state.withLock { (state) throws(KeyRingError) in
            let empty = [SlotState.destroyed] + [UInt8](repeating: 0, count: Self.slotBytes - 1)
            while state.slotCount < last {
                let count = min(16_384, Int(last - state.slotCount))
                let bytes = [UInt8](repeatElement(empty, count: count).joined())
                let offset = Self.offset(ofSlot: state.slotCount + 1)
                try KeyRingError.wrapping { () throws(FileError) in try fileSystem.overwrite(path, offset, bytes) }
                state.slotCount += UInt64(count)
            }
        }
    }

    /// Writes whole slots, flushed; what was known of keys is read again.
    func replace(at offset: Int, _ bytes: [UInt8]) throws(KeyRingError) {
        try state.withLock { (state) throws(KeyRingError) in
            state.cache.removeAll()
            state.spare.removeAll()
            try KeyRingError.wrapping { () throws(FileError) in try fileSystem.overwrite(path, offset, bytes) }
            let slots = UInt64((offset + bytes.count - Self.headerBytes) / Self.slotBytes)
            state.slotCount = max(state.slotCount, slots)
        }
    }

    /// Whether a slot does not say whose it was: destroyed by an older program, or its key did not come along.
    private static func isUntold(_ slot: [UInt8]) -> Bool { slot[8..<(8 + tagBytes)].allSatisfy { $0 == 0 } }

    private func read(_ id: Digest16, _ state: borrowing State) throws(KeyRingError) -> [UInt8] {
        let slot = Self.slot(of: id)
        // Beyond what was there at the start may be what another process has made since, beside which this one reads.
        let slotCount = slot <= state.slotCount ? state.slotCount : try slotsOnDisk()
        guard slot >= 1, slot <= slotCount else { throw .missingKey(id) }
        return try read(at: Self.offset(ofSlot: slot), Self.slotBytes)
    }

    private func slotsOnDisk() throws(KeyRingError) -> UInt64 {
        let status = try KeyRingError.wrapping { () throws(FileError) in try fileSystem.status(path) }
        return UInt64(max(0, (status?.byteCount ?? 0) - Self.headerBytes) / Self.slotBytes)
    }

    private func read(at offset: Int, _ count: Int) throws(KeyRingError) -> [UInt8] {
        let bytes = try KeyRingError.wrapping { () throws(FileError) in try fileSystem.read(path, offset, count) }
        guard bytes.count == count else { throw .damaged(path: path, problem: "it is cut off") }
        return bytes
    }

    private func remember(_ id: Digest16, _ key: SymmetricKey, _ state: inout State) {
        // All at once: what is used comes back with one read each.
        if state.cache.count >= Self.largestCache { state.cache.removeAll(keepingCapacity: true) }
        state.cache[Self.slot(of: id)] = (id, key)
    }

    static func offset(ofSlot slot: UInt64) -> Int { headerBytes + Int(slot - 1) * slotBytes }

    /// The slot's number, u64 from 1, and its tag.
    static func id(slot: UInt64, _ tag: some Sequence<UInt8>) -> Digest16 {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: slot.littleEndian) { bytes.append(contentsOf: $0) }
        bytes += tag
        bytes += [UInt8](repeating: 0, count: Digest16.byteCount - bytes.count)
        return bytes.withUnsafeBytes { Digest16($0) }
    }

    static func slot(of id: Digest16) -> UInt64 {
        id.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }
}
