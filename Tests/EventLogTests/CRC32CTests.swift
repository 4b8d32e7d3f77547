import Testing

@testable import EventLog

@Suite struct CRC32CTests {
    /// RFC 3720 appendix B.4, and the check value of the catalogue of CRC algorithms.
    static let vectors: [([UInt8], UInt32)] = [
        ([], 0x0000_0000),
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
    ]

    @Test(arguments: vectors) func knownVectors(bytes: [UInt8], checksum: UInt32) {
        #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == checksum)
        #expect(bytes.withUnsafeBytes { CRC32C.portableChecksum($0) } == checksum)
    }

    @Test func instructionAndTableAgreeAtEveryLengthAndAlignment() {
        var generator = SplitMix64(seed: 11)
        let bytes = (0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes.withUnsafeBytes { all in
            for start in 0..<9 {
                for end in start...all.count {
                    let part = UnsafeRawBufferPointer(rebasing: all[start..<end])
                    #expect(CRC32C.checksum(part) == CRC32C.portableChecksum(part))
                }
            }
        }
    }

    @Test func continuingEqualsWhole() {
        let bytes = Array("the quick brown fox jumps over the lazy dog".utf8)
        bytes.withUnsafeBytes { all in
            for split in 0...all.count {
                let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: all[..<split]))
                let rest = UnsafeRawBufferPointer(rebasing: all[split...])
                #expect(CRC32C.checksum(rest, continuing: first) == CRC32C.checksum(all))
            }
        }
    }
}
