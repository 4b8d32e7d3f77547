import BSON
import Testing

private func failure(_ bytes: [UInt8], _ limits: RawDocument.Limits = .standard) -> BSONError? {
    bytes.withUnsafeBytes { buffer in
        do throws(BSONError) {
            _ = try RawDocument.validated(buffer, limits: limits)
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct ValidationTests {
    @Test(arguments: 0..<8 as Range<UInt64>) func generatedDocumentsAreValidEverywhere(seed: UInt64) {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<300 {
            let document = generator.document()
            #expect(failure(document.bytes) == nil)
            #expect(Oracle.isValid(document.bytes))
            #expect(Document(document.pairs.map { ($0.name, $0.value) }) == document)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func everyTruncationIsRefused(seed: UInt64) {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<40 {
            let bytes = generator.document().bytes
            for count in 0..<bytes.count {
                #expect(failure([UInt8](bytes[..<count])) != nil)
                // Also where the outer length agrees with what is left.
                guard count >= 5 else { continue }
                var adjusted = [UInt8](bytes[..<count])
                adjusted.withUnsafeMutableBytes { $0.storeBytes(of: UInt32(count), as: UInt32.self) }
                if failure(adjusted) == nil { #expect(Oracle.isValid(adjusted)) }
            }
            #expect(failure(bytes + [0])?.kind == .trailingBytes)
        }
    }

    /// What we accept libbson accepts, and it can be walked, copied, compared and encoded.
    @Test(arguments: 0..<8 as Range<UInt64>) func flippedBytesNeverCrash(seed: UInt64) {
        var generator = ValueGenerator(seed: seed &+ 50)
        var accepted = 0
        var refused = 0
        for _ in 0..<1_500 {
            var bytes = generator.document().bytes
            for _ in 0...generator.random.below(3) {
                bytes[generator.random.below(bytes.count)] ^= 1 << UInt8(generator.random.below(8))
            }
            if failure(bytes) != nil {
                refused += 1
                continue
            }
            accepted += 1
            #expect(Oracle.isValid(bytes))
            let document = Document(bytes: bytes)
            #expect(Document(document.pairs.map { ($0.name, $0.value) }).count == document.count)
            var key: [UInt8] = []
            KeyEncoder.encode(.document(document), into: &key)
            #expect(order(.document(document), .document(document)) == 0)
        }
        #expect(accepted > 50 && refused > 50)
    }

    @Test func saysWhatAndWhere() {
        let nested: Document = ["a": ["b": "text"]]
        var bytes = nested.bytes
        bytes[bytes.count - 4] = 0xFF
        #expect(failure(bytes) == BSONError(.invalidUTF8, offset: bytes.count - 4, path: "a.b"))
        #expect(failure([5, 0, 0, 0, 1])?.kind == .missingTerminator)
        #expect(failure([4, 0, 0, 0, 0])?.kind == .badLength)
        #expect(failure([0xFF, 0xFF, 0xFF, 0xFF, 0])?.kind == .badLength)
        #expect(failure([8, 0, 0, 0, 0x20, 0x61, 0, 0])?.kind == .unknownType(0x20))
        #expect(failure([9, 0, 0, 0, 0x08, 0x61, 0, 2, 0])?.kind == .invalidBool)
        #expect(failure([]) != nil)
    }

    @Test func duplicateNamesAreRefused() {
        var small: Document = ["a": 1, "b": 2]
        small.append("a", 3)
        #expect(failure(small.bytes)?.kind == .duplicateName)
        #expect(failure(small.bytes, RawDocument.Limits(refusesDuplicateNames: false)) == nil)
        var large = Document((0..<500).map { ("name\($0)", .int32(1)) })
        #expect(failure(large.bytes) == nil)
        large.append("name7", 1)
        #expect(failure(large.bytes)?.kind == .duplicateName)
        // The same name at different levels is none.
        #expect(failure((["a": ["a": ["a": 1]], "b": ["a": 1]] as Document).bytes) == nil)
    }

    @Test func limitsHold() {
        var deep: Document = [:]
        for _ in 1..<100 { deep = ["d": .document(deep)] }
        #expect(failure(deep.bytes) == nil)
        deep = ["d": .document(deep)]
        #expect(failure(deep.bytes)?.kind == .tooDeep)
        let long: Document = ["s": .string(String(repeating: "x", count: 100))]
        #expect(failure(long.bytes, RawDocument.Limits(maxBytes: 50))?.kind == .tooLarge)
    }

    /// Random text, most of it nearly UTF-8: our check and libbson's agree.
    @Test(arguments: 0..<4 as Range<UInt64>) func utf8AgreesWithLibbson(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var valid = 0
        for _ in 0..<3_000 {
            var text: [UInt8] = []
            for _ in 0..<random.below(14) {
                switch random.below(5) {
                case 0: text.append(UInt8(random.below(255) + 1))
                case 1: text += [UInt8]("é日😀\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}".utf8)
                case 2:
                    text += random.pick([
                        [0xED, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xE0, 0xA0, 0x80],
                        [0xC1, 0x81],
                    ])
                default: text += Array(repeating: 0x61, count: random.below(10))
                }
            }
            if random.chance(3), !text.isEmpty { text.removeLast() }
            if text.count > 200 { continue }
            let document =
                [UInt8(text.count + 13), 0, 0, 0, 2, 0x61, 0, UInt8(text.count + 1), 0, 0, 0] + text + [0, 0]
            let isValid = failure(document) == nil
            if isValid { valid += 1 }
            #expect(isValid == Oracle.isUTF8(text), "\(text)")
        }
        #expect(valid > 100 && valid < 2_900)
    }

    @Test func invalidUTF8IsRefused() throws {
        let wrong: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xC3], [0xE2, 0x28, 0xA1], [0xFF],
        ]
        for bytes in wrong {
            for prefix in ["", "abcdefgh", "é"] {
                var document: [UInt8] = [0, 0, 0, 0, 2, 0x61, 0]
                let text = [UInt8](prefix.utf8) + bytes
                document += [UInt8(text.count + 1), 0, 0, 0] + text + [0, 0]
                document[0] = UInt8(document.count)
                #expect(failure(document)?.kind == .invalidUTF8, "\(bytes)")
                // libbson lets the two-byte zero of Java through where it lets zero through.
                if bytes != [0xC0, 0x80] { #expect(!Oracle.isUTF8(text)) }
            }
        }
    }
}
