import BSON
import CBSON
import Testing

/// Random documents through our writer and reader, and through libbson's.
@Suite struct JSONRoundTripTests {
    static let seeds: Range<UInt64> = 0..<8
    static let documentsPerSeed = 250

    @Test(arguments: seeds) func canonicalKeepsEverything(seed: UInt64) throws {
        var generator = JSONDocumentGenerator(seed: seed)
        for _ in 0..<Self.documentsPerSeed {
            let document = generator.document()
            let text = JSON.string(document, style: .canonical)
            #expect(try JSON.parse(text, extended: true) == document, "\(text)")
            // White space between the tokens changes nothing.
            #expect(try JSON.parse(Self.spaced(text), extended: true) == document)
        }
    }

    /// Relaxed text drops no more than int64's width: read back and written again it is the same text, and canonically
    /// written the documents differ in nothing but that.
    @Test(arguments: seeds) func relaxedKeepsValues(seed: UInt64) throws {
        var generator = JSONDocumentGenerator(seed: seed)
        for _ in 0..<Self.documentsPerSeed {
            let document = generator.document()
            let text = JSON.string(document, style: .relaxed)
            let again = try JSON.parse(text, extended: true)
            #expect(JSON.string(again, style: .relaxed) == text)
            #expect(again.pairs.map(\.name) == document.pairs.map(\.name))
            for (old, new) in zip(document.pairs, again.pairs) {
                if case .int64(let number) = old.value, let small = Int32(exactly: number) {
                    #expect(new.value == .int32(small))
                } else if !Self.holdsMembers(old.value) {
                    #expect(new.value == old.value)
                }
            }
        }
    }

    /// libbson reads what we write as the same BSON, and we read what it writes.
    @Test(arguments: seeds) func agreesWithLibbson(seed: UInt64) throws {
        var generator = JSONDocumentGenerator(seed: seed &+ 1000, isForLibbson: true)
        for _ in 0..<Self.documentsPerSeed {
            let document = generator.document()
            let canonical = JSON.string(document, style: .canonical)
            #expect(Self.libbsonParse(canonical) == document.bytes, "\(canonical)")
            let relaxed = JSON.string(document, style: .relaxed)
            let ours = try JSON.parse(relaxed, extended: true)
            #expect(Self.libbsonParse(relaxed) == ours.bytes, "\(relaxed)")

            let theirCanonical = try #require(Self.libbsonWrite(document, isCanonical: true))
            #expect(try JSON.parse(theirCanonical, extended: true) == document, "\(theirCanonical)")
            let theirRelaxed = try #require(Self.libbsonWrite(document, isCanonical: false))
            #expect(try JSON.parse(theirRelaxed, extended: true) == ours, "\(theirRelaxed)")
        }
    }

    /// Flipping, dropping and doubling bytes of good texts: nothing but an error or a valid document comes of it.
    @Test(arguments: seeds) func damagedTextsGiveErrorsOrValidDocuments(seed: UInt64) throws {
        var generator = JSONDocumentGenerator(seed: seed &+ 2000)
        var refused = 0
        var accepted = 0
        for _ in 0..<Self.documentsPerSeed {
            var text: [UInt8] = []
            JSON.write(generator.document(), style: generator.below(2) == 0 ? .canonical : .relaxed, into: &text)
            for _ in 0...generator.below(2) {
                let position = generator.below(text.count)
                switch generator.below(3) {
                case 0: text[position] = UInt8(truncatingIfNeeded: generator.next())
                case 1: text.remove(at: position)
                default: text.insert(text[position], at: position)
                }
                if text.isEmpty { break }
            }
            do {
                let document = try JSON.parse(text, extended: true)
                try document.bytes.withUnsafeBytes { _ = try RawDocument.validated($0) }
                accepted += 1
            } catch let error as JSONError {
                #expect((0...text.count).contains(error.byteOffset))
                refused += 1
            }
        }
        #expect(refused > 0 && accepted > 0)
    }

    static func holdsMembers(_ value: Value) -> Bool {
        switch value {
        case .document, .array, .javascriptWithScope: true
        default: false
        }
    }

    /// The text with white space around its tokens.
    static func spaced(_ text: String) -> String {
        var spaced = ""
        var isInString = false
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isInString {
                if scalar == "\"", !isEscaped { isInString = false }
                isEscaped = scalar == "\\" && !isEscaped
                spaced.unicodeScalars.append(scalar)
            } else {
                if scalar == "\"" { isInString = true }
                let isStructural = "{}[],:".unicodeScalars.contains(scalar)
                spaced += isStructural ? " \(scalar)\r\n\t" : String(scalar)
            }
        }
        return spaced
    }

    static func libbsonParse(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { bytes in
            var error = bson_error_t()
            guard let parsed = bson_new_from_json(bytes.baseAddress, bytes.count, &error) else { return nil }
            defer { bson_destroy(parsed) }
            guard let data = bson_get_data(parsed) else { return nil }
            let byteCount = UnsafeRawPointer(data).loadUnaligned(as: UInt32.self)
            return [UInt8](UnsafeBufferPointer(start: data, count: Int(byteCount)))
        }
    }

    static func libbsonWrite(_ document: Document, isCanonical: Bool) -> String? {
        document.bytes.withUnsafeBufferPointer { bytes in
            guard let parsed = bson_new_from_data(bytes.baseAddress, bytes.count) else { return nil }
            defer { bson_destroy(parsed) }
            let text =
                isCanonical
                ? bson_as_canonical_extended_json(parsed, nil) : bson_as_relaxed_extended_json(parsed, nil)
            guard let text else { return nil }
            defer { bson_free(text) }
            return String(cString: text)
        }
    }
}
