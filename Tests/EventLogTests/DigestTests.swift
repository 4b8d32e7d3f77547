import EventLog
import Testing

@Suite struct DigestTests {
    /// FIPS 180-2 appendix B.1.
    @Test func hashesAbc() {
        let digest = Array("abc".utf8).withUnsafeBytes { Digest32.hashing($0) }
        #expect(digest.description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func hexRoundTrip() throws {
        let text = "000102030405060708090a0b0c0d0e0ff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
        let digest = try #require(Digest32(hex: text))
        #expect(digest.description == text)
        #expect(Digest32(hex: text.uppercased()) == digest)
        var stored: [UInt8] = [9]
        digest.append(to: &stored)
        #expect(hex(stored) == "09" + text)
        let short = try #require(Digest16(hex: String(text.prefix(32))))
        #expect(short.description == text.prefix(32))
    }

    @Test(arguments: ["", "00", "zz0102030405060708090a0b0c0d0e0f", "00010203040506070809 a0b0c0d0e0f"])
    func refusesOtherText(text: String) {
        #expect(Digest16(hex: text) == nil)
        #expect(Digest32(hex: text + text) == nil)
    }

    @Test func equalityLooksAtEveryByte() {
        let zero = [UInt8](repeating: 0, count: 32)
        for index in 0..<32 {
            var changed = zero
            changed[index] = 1
            let digest = changed.withUnsafeBytes { Digest32($0) }
            #expect(digest != .zero)
            #expect(Set([digest, .zero, digest]).count == 2)
            if index < 16 { #expect(changed.withUnsafeBytes { Digest16($0) } != .zero) }
        }
    }
}
