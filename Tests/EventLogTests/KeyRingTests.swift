import EventLog
import Foundation
import Platform
import Testing

/// Keys of persons: there after a restart, gone once destroyed, useless without their master.
@Suite struct KeyRingTests {
    private static let master = [UInt8](repeating: 7, count: MasterKey.byteCount)
    private static let request = Digest16(hex: "000102030405060708090a0b0c0d0e0f") ?? .zero

    private func ring(_ path: String, master: [UInt8] = Self.master, _ fileSystem: FileSystem = .system) throws
        -> KeyRing
    {
        try KeyRing(path: path, master: MasterKey(master), fileSystem: fileSystem, randomness: .seeded(3))
    }

    private func path() -> String { NSTemporaryDirectory() + "annals-ring-\(UUID().uuidString)" }

    private func seal(_ text: String, _ id: Digest16, _ ring: KeyRing) throws -> [UInt8] {
        try Array(text.utf8).withUnsafeBytes { try ring.seal($0, id, requestKey: Self.request) }
    }

    private func open(_ sealed: [UInt8], _ id: Digest16, _ ring: KeyRing, _ request: Digest16 = request) throws
        -> String?
    {
        let opened = try sealed.withUnsafeBytes { try ring.open($0, id, requestKey: request) }
        return opened.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func whatIsSealedOpensAfterARestart() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var sealed: [(id: Digest16, bytes: [UInt8])] = []
        do {
            let ring = try ring(path)
            for number in 0..<300 {
                let id = try ring.allocate()
                sealed.append((id, try seal("text \(number)", id, ring)))
            }
        }
        #expect(Set(sealed.map(\.id)).count == 300)
        let ring = try ring(path)
        for (number, (id, bytes)) in sealed.enumerated() { #expect(try open(bytes, id, ring) == "text \(number)") }
        // Keys that were ready are not given twice.
        #expect(!sealed.map(\.id).contains(try ring.allocate()))
    }

    @Test func aDestroyedKeyIsGoneFromTheFile() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let keys = try ring(path)
        let (id, other) = (try keys.allocate(), try keys.allocate())
        let (sealed, kept) = (try seal("a", id, keys), try seal("b", other, keys))
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        try keys.destroy([id])
        try keys.destroy([id])
        #expect(try open(sealed, id, keys) == nil)
        #expect(throws: KeyRingError.self) { try seal("c", id, keys) }
        let after = try Data(contentsOf: URL(fileURLWithPath: path))
        // One slot, and every byte of its key.
        let differing = zip(before, after).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
        #expect((differing.last ?? 0) - (differing.first ?? 0) < 64 && differing.count > 40)
        let again = try ring(path)
        #expect(try open(sealed, id, again) == nil)
        #expect(try open(kept, other, again) == "b")
    }

    @Test func sealedBytesAreBoundToTheirRecordAndKey() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let ring = try ring(path)
        let (id, other) = (try ring.allocate(), try ring.allocate())
        let sealed = try seal("secret", id, ring)
        #expect(throws: KeyRingError.self) { try open(sealed, id, ring, .zero) }
        #expect(throws: KeyRingError.self) { try open(sealed, other, ring) }
        for place in sealed.indices {
            var damaged = sealed
            damaged[place] ^= 1
            #expect(throws: KeyRingError.self) { try open(damaged, id, ring) }
        }
        #expect(throws: KeyRingError.self) { try open([1, 2, 3], id, ring) }
        // The same text twice is not the same bytes.
        #expect(try seal("secret", id, ring) != sealed)
    }

    @Test func anotherMasterKeyIsRefused() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try ring(path)
        #expect {
            _ = try ring(path, master: [UInt8](repeating: 8, count: MasterKey.byteCount))
        } throws: { error in
            if case KeyRingError.wrongMasterKey = error { true } else { false }
        }
    }

    @Test func keysOfAnotherRingAreMissingNotErased() throws {
        let (one, two) = (path(), path())
        defer {
            try? FileManager.default.removeItem(atPath: one)
            try? FileManager.default.removeItem(atPath: two)
        }
        let ring = try ring(one)
        let id = try ring.allocate()
        let sealed = try seal("text", id, ring)
        let other = try KeyRing(path: two, master: MasterKey(Self.master), randomness: .seeded(4))
        #expect(throws: KeyRingError.self) { try open(sealed, id, other) }
        _ = try other.allocate()
        #expect(throws: KeyRingError.self) { try open(sealed, id, other) }
        #expect(throws: KeyRingError.self) { try other.destroy([id]) }
    }

    /// What is said of a key that is not there does not hang on how many there are.
    @Test func whatIsMissingIsNamedTheSameInAnyRing() throws {
        let (one, two) = (path(), path())
        defer { for path in [one, two] { try? FileManager.default.removeItem(atPath: path) } }
        let ring = try ring(one)
        let id = try ring.allocate()
        let sealed = try seal("text", id, ring)
        let other = try KeyRing(path: two, master: MasterKey(Self.master), randomness: .seeded(4))
        func missing() throws -> String {
            var text = ""
            #expect {
                _ = try open(sealed, id, other)
            } throws: { error in
                text = "\(error)"
                if case KeyRingError.missingKey(id) = error { return true }
                return false
            }
            return text
        }
        let beyondItsEnd = try missing()
        let first = try other.allocate()
        #expect(try missing() == beyondItsEnd)
        // Nor is a key taken for destroyed because another ring destroyed its own of that number.
        try other.destroy([first])
        #expect(try missing() == beyondItsEnd)
        #expect(throws: KeyRingError.self) { try other.destroy([id]) }
        #expect(try other.isDestroyed(first))
    }

    @Test func aKeyThatDoesNotUnwrapIsTold() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (id, sealed) = try { () throws in
            let ring = try ring(path)
            let id = try ring.allocate()
            return (id, try seal("text", id, ring))
        }()
        var bytes = try FileSystem.system.readWhole(path)
        bytes[KeyRing.slotByteCount + 30] ^= 1
        try FileSystem.system.writeWhole(path, bytes)
        let damaged = try ring(path)
        #expect {
            _ = try open(sealed, id, damaged)
        } throws: { error in
            if case KeyRingError.damagedKey(id) = error { true } else { false }
        }
    }

    @Test func aDamagedRingIsRefused() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("something else, long enough to have a header of 64 bytes in it, surely".utf8)
            .write(to: URL(fileURLWithPath: path))
        #expect {
            _ = try ring(path)
        } throws: { error in
            if case KeyRingError.damaged = error { true } else { false }
        }
    }

    @Test func aMasterKeyThatOthersMayReadIsRefused() throws {
        let path = path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try MasterKey(path: path, fileSystem: .system) == nil)
        try FileSystem.system.writeWhole(path, Self.master)
        #expect(try MasterKey(path: path, fileSystem: .system) != nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: KeyRingError.self) { try MasterKey(path: path, fileSystem: .system) }
        #expect(MasterKey(hex: String(repeating: "0f", count: 32)) != nil)
        #expect(MasterKey(hex: "0f") == nil)
    }
}
