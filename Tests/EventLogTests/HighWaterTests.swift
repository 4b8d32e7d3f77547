import Glibc
import Platform
import Testing

@testable import EventLog

@Suite struct HighWaterTests {
    static func mark(_ position: UInt64) -> HighWaterMark {
        HighWaterMark(position: position, leaf: MerkleProofTests.leaves[Int(position)])
    }

    static func load(_ path: String) throws(LogError) -> HighWaterMark? {
        try HighWaterFile(path: path, fileSystem: .system).mark
    }

    @Test func slotBytes() {
        let mark = HighWaterMark(position: 0x0102_0304_0506_0708, leaf: MerkleTree.emptyRoot)
        #expect(
            hex(HighWaterFile.encode(mark))
                == "0807060504030201e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855833c4b57")
    }

    @Test func theNewestMarkIsLoaded() throws {
        let directory = try TemporaryDirectory()
        var file = try HighWaterFile(path: directory.highWater, fileSystem: .system)
        #expect(file.mark == nil)
        for position in UInt64(1)...9 {
            try file.store(Self.mark(position))
            #expect(try Self.load(directory.highWater) == Self.mark(position))
            // Whoever opens it next goes on with the older slot.
            file = try HighWaterFile(path: directory.highWater, fileSystem: .system)
        }
        #expect(try FileSystem.system.readWhole(directory.highWater).count == HighWaterFile.fileByteCount)
        #expect(try FileSystem.system.status(directory.highWater)?.permissions == 0o600)
    }

    /// Whatever the write of the newest slot left behind, the mark before it is found, and the torn slot is the next
    /// to be written.
    @Test(arguments: [5, 6] as [UInt64]) func aTornSlotLeavesTheOther(newest: UInt64) throws {
        let directory = try TemporaryDirectory()
        var file = try HighWaterFile(path: directory.highWater, fileSystem: .system)
        for position in 1...(newest - 1) { try file.store(Self.mark(position)) }
        let before = try FileSystem.system.readWhole(directory.highWater)
        try file.store(Self.mark(newest))
        let after = try FileSystem.system.readWhole(directory.highWater)
        let changed = try #require(before.indices.first { before[$0] != after[$0] })
        let slot = changed / HighWaterFile.slotStride * HighWaterFile.slotStride

        for written in 0..<HighWaterFile.slotByteCount {
            var torn = before
            torn.replaceSubrange(slot..<(slot + written), with: after[slot..<(slot + written)])
            guard torn != before, torn != after else { continue }
            try FileSystem.system.writeWhole(directory.highWater, torn)
            var found = try HighWaterFile(path: directory.highWater, fileSystem: .system)
            #expect(found.mark == Self.mark(newest - 1))
            try found.store(Self.mark(newest + 1))
            let repaired = try FileSystem.system.readWhole(directory.highWater)
            #expect(HighWaterFile.decode(slot: 0, of: repaired) != nil)
            #expect(HighWaterFile.decode(slot: 1, of: repaired) != nil)
            #expect(try Self.load(directory.highWater) == Self.mark(newest + 1))
        }
    }

    @Test func everyFlippedBitOfASlotIsFound() throws {
        let directory = try TemporaryDirectory()
        var file = try HighWaterFile(path: directory.highWater, fileSystem: .system)
        try file.store(Self.mark(1))
        try file.store(Self.mark(2))
        let whole = try FileSystem.system.readWhole(directory.highWater)
        for bit in 0..<(HighWaterFile.slotByteCount * 8) {
            var flipped = whole
            flipped[HighWaterFile.slotStride + bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(HighWaterFile.decode(slot: 1, of: flipped) == nil)
        }
    }

    @Test func withoutAnIntactSlotTheFileIsRefused() throws {
        let directory = try TemporaryDirectory()
        for content in [[], [UInt8](repeating: 0, count: HighWaterFile.fileByteCount), [1, 2, 3]] {
            try FileSystem.system.writeWhole(directory.highWater, content)
            #expect {
                _ = try Self.load(directory.highWater)
            } throws: { error in
                if case LogError.highWaterDamaged(directory.highWater) = error { true } else { false }
            }
        }
    }

    @Test func aFailedStoreKeepsTheMarkBefore() throws {
        let directory = try TemporaryDirectory()
        var fileSystem = FileSystem.system
        fileSystem.overwrite = { (path, _, _) throws(FileError) in
            throw FileError(operation: "write", path: path, errno: EIO)
        }
        var file = try HighWaterFile(path: directory.highWater, fileSystem: fileSystem)
        try file.store(Self.mark(1))
        #expect(throws: FileError.self) { try file.store(Self.mark(2)) }
        #expect(file.mark == Self.mark(1))
        #expect(try Self.load(directory.highWater) == Self.mark(1))
    }
}
