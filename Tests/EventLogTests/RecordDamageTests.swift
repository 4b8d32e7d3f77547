import BSON
import Testing

@testable import EventLog

/// Damaged records are refused, and never bring the process down.
@Suite struct RecordDamageTests {
    @Test func everyTruncationIsRefused() throws {
        let whole = try RecordGoldenTests.encodeFull()
        for count in 0..<whole.count {
            // A buffer of exactly that length, so that reading past it would be found.
            let part = Array(whole[..<count])
            #expect(throws: RecordError.self) { try part.withUnsafeBytes { _ = try Record(validating: $0) } }
            #expect(throws: RecordError.self) {
                try part.withUnsafeBytes { _ = try Record(validating: $0, checkCRC: false) }
            }
        }
        #expect(throws: RecordError.self) {
            try (whole + [0]).withUnsafeBytes { _ = try Record(validating: $0, checkCRC: false) }
        }
    }

    @Test func everyChangeOfOneByteIsRefused() throws {
        let whole = try RecordGoldenTests.encodeFull()
        var changed = whole
        var accepted = 0
        for offset in whole.indices {
            for difference in 1...UInt8.max {
                changed[offset] = whole[offset] ^ difference
                if changed.withUnsafeBytes({ try? Record(validating: $0) }) != nil { accepted += 1 }
            }
            changed[offset] = whole[offset]
        }
        #expect(accepted == 0)
        #expect(changed.withUnsafeBytes { try? Record(validating: $0) } != nil)
    }

    /// Someone who can also fix the checksum: the lengths still have to add up, and every accessor stays inside.
    @Test func changesWithARightChecksumStayInside() throws {
        let whole = try RecordGoldenTests.encodeFull()
        var generator = SplitMix64(seed: 5)
        var refused = 0
        for round in 0..<20_000 {
            var changed = whole
            for _ in 0...(round % 3) {
                changed[Int.random(in: 0..<RecordLayout.headerByteCount, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            let checksum = changed.dropLast(4).withUnsafeBytes { CRC32C.checksum($0) }
            withUnsafeBytes(of: checksum.littleEndian) { changed.replaceSubrange((changed.count - 4)..., with: $0) }
            changed.withUnsafeBytes { raw in
                guard let record = try? Record(validating: raw) else {
                    refused += 1
                    return
                }
                let texts = RecordText.allCases.reduce(0) { $0 + record[$1].count }
                let rest = record.data.byteCount + (record.resolved?.byteCount ?? 0)
                #expect(texts + rest + RecordLayout.headerByteCount + 4 == raw.count)
                _ = record.leaf
            }
        }
        // Most bytes of the header are free values; the rest has to be refused.
        #expect((2000..<15_000).contains(refused))
    }

    @Test func namesWhatIsWrong() throws {
        let whole = try RecordGoldenTests.encodeFull()
        func refusal(_ offset: Int, _ value: UInt8, checkCRC: Bool = false) -> RecordError? {
            var changed = whole
            changed[offset] = value
            do throws(RecordError) {
                try changed.withRawBytes { (raw) throws(RecordError) in
                    _ = try Record(validating: raw, checkCRC: checkCRC)
                }
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(0, 0xA2) == .unknownFormat(0xA2))
        #expect(refusal(1, 0x40) == .unknownFlags(0x40))
        #expect(refusal(4, whole[4] &+ 1) == .lengthMismatch)
        #expect(refusal(RecordLayout.textLengthsOffset, whole[RecordLayout.textLengthsOffset] &+ 1) == .lengthMismatch)
        #expect(refusal(RecordLayout.reservedOffset, 1) == .reservedNotZero)
        #expect(refusal(whole.count - 5, 1) == .notADocument(field: "data"))
        #expect(refusal(20, whole[20] &+ 1) == nil)
        guard case .checksumMismatch = refusal(20, whole[20] &+ 1, checkCRC: true) else {
            Issue.record("a changed time was not found")
            return
        }
    }
}
