import Glibc
import Platform
import Testing

@Suite struct ClockTests {
    @Test func systemClockCountsMilliseconds() {
        let seconds = Int64(time(nil))
        let now = Clock.system.now()
        #expect(abs(now / 1000 - seconds) <= 2)
    }

    @Test func manualClockMovesOnlyWhenTold() {
        let manual = ManualClock(milliseconds: 1_000)
        let clock = manual.clock
        #expect(clock.now() == 1_000)
        #expect(clock.now() == 1_000)
        manual.advance(milliseconds: 5)
        #expect(clock.now() == 1_005)
        manual.advance(milliseconds: -1_005)
        #expect(clock.now() == 0)
        manual.set(milliseconds: 42)
        #expect(clock.now() == 42)
        #expect(Clock.fixed(7).now() == 7)
    }
}

@Suite struct RandomnessTests {
    /// The published first outputs of SplitMix64 for seed 1234567.
    @Test func seededIsSplitMix64() {
        let random = Randomness.seeded(1_234_567)
        #expect(random.number() == 6_457_827_717_110_365_317)
        #expect(random.number() == 3_203_168_211_198_807_973)
        #expect(random.number() == 9_817_491_932_198_370_423)
    }

    @Test func sameSeedSameBytesOtherSeedOthers() {
        let first = Randomness.seeded(1)
        let second = Randomness.seeded(1)
        for count in [0, 1, 7, 8, 9, 100] { #expect(first.bytes(count) == second.bytes(count)) }
        #expect(Randomness.seeded(2).bytes(16) != Randomness.seeded(1).bytes(16))
    }

    @Test func bytesAreLittleEndianDraws() {
        let number = Randomness.seeded(9).number()
        let bytes = Randomness.seeded(9).bytes(5)
        #expect(bytes == (0..<5).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }

    @Test func systemFillsEveryByteAndDiffers() {
        #expect(Randomness.system.bytes(32) != Randomness.system.bytes(32))
        // A byte that is never filled would stay 0 in all of 64 draws.
        var seen = [UInt8](repeating: 0, count: 37)
        for _ in 0..<64 {
            for (index, byte) in Randomness.system.bytes(37).enumerated() { seen[index] |= byte }
        }
        #expect(!seen.contains(0))
    }
}

@Suite struct MachineIdentityTests {
    @Test func identityStaysForAFileAndTellsFilesApart() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/file"
        try FileSystem.system.writeWhole(path, [1])
        try FileSystem.system.writeWhole(path + "2", [1])
        let identity = try MachineIdentity.current(path: path)
        #expect(try MachineIdentity.current(path: path) == identity)
        let other = try MachineIdentity.current(path: path + "2")
        #expect(other != identity)
        #expect(other.bootIdentifier == identity.bootIdentifier)
        #expect(other.mountIdentifier == identity.mountIdentifier)
        #expect(identity.bootIdentifier.utf8.count == 36)
        #expect(try MachineIdentity.mountIdentifier(of: "/proc") != identity.mountIdentifier)
    }

    @Test func aNewBootIsANewIdentity() throws {
        var files = FileSystem.system
        files.readWhole = { (path) throws(FileError) in
            guard path.hasSuffix("boot_id") else { return try FileSystem.system.readWhole(path) }
            return Array("00000000-0000-0000-0000-000000000001\n".utf8)
        }
        let identity = try MachineIdentity.current(path: "/tmp")
        let rebooted = try MachineIdentity.current(path: "/tmp", fileSystem: files)
        #expect(rebooted != identity)
        #expect(rebooted.bootIdentifier == "00000000-0000-0000-0000-000000000001")
        #expect(rebooted.file == identity.file)
    }

    @Test func missingPathsAndMissingBootIdentifiersAreErrors() {
        #expect(throws: FileError.self) { try MachineIdentity.current(path: "/nowhere/at/all") }
        var files = FileSystem.system
        files.readWhole = { (_) throws(FileError) in [] }
        #expect(throws: FileError.self) { try MachineIdentity.bootIdentifier(fileSystem: files) }
    }
}
