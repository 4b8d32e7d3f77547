import BSON
import Testing

@Suite struct RawDocumentTests {
    /// Names of every length, found from every place: the search goes eight bytes at a time and must not mix names up.
    @Test func findsNamesOfEveryLength() throws {
        for length in 0..<40 {
            let base = String(repeating: "n", count: length)
            let names = [base + "a", base + "b", "x" + base, base + "\u{1}", base + "ab", base]
            let document = Document(names.enumerated().map { ($0.element, .int32(Int32($0.offset))) })
            // An allocation of just the document's size, so that a sanitizer sees any byte read past its end.
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: document.bytes.count, alignment: 1)
            defer { copy.deallocate() }
            copy.copyBytes(from: document.bytes)
            let raw = RawDocument(try #require(UnsafeRawPointer(copy.baseAddress)))
            for (index, name) in names.enumerated() {
                let first = try #require(names.firstIndex(of: name))
                #expect(raw[FieldPath(components: [name])]?.int64 == Int64(first), "\(name) at \(index)")
                #expect(raw.value(named: name)?.int64 == Int64(first))
            }
            for missing in [base + "c", base + "aa", "y" + base, base + "abc"] where !names.contains(missing) {
                #expect(raw[FieldPath(components: [missing])] == nil)
            }
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func lookupAgreesWithAWalk(seed: UInt64) {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<300 {
            let document = generator.document()
            for (name, value) in document.pairs {
                #expect(document[FieldPath(components: [name])] == value)
                if case .document(let child) = value {
                    for (inner, value) in child.pairs {
                        #expect(document[FieldPath(components: [name, inner])] == value)
                    }
                }
            }
            #expect(document.count == document.keys.count)
        }
    }

    @Test func staticNamesAndBuffersFind() {
        let document: Document = ["a": 1, "exactly8": 2, "longerThanEightBytes": 3]
        document.withRaw { raw in
            #expect(raw.value(named: "a" as StaticString)?.int64 == 1)
            #expect(raw.value(named: "exactly8" as StaticString)?.int64 == 2)
            #expect(raw.value(named: "longerThanEightBytes" as StaticString)?.int64 == 3)
            let name: StaticString = "exactly8"
            #expect(raw.value(named: UnsafeRawBufferPointer(start: name.utf8Start, count: 8))?.int64 == 2)
            var names: [String] = []
            raw.forEach { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
            #expect(names == ["a", "exactly8", "longerThanEightBytes"])
        }
    }

    @Test func pathsSplitAtDots() {
        #expect(FieldPath("a.b.c").components == ["a", "b", "c"])
        #expect(FieldPath("a.b.c").count == 3)
        #expect(FieldPath("").components == [""])
        #expect(FieldPath("a..b").components == ["a", "", "b"])
        #expect(FieldPath("feedback.rating").description == "feedback.rating")
        #expect(FieldPath("a.b") != FieldPath(components: ["a.b"]))
        #expect(FieldPath("a\0b").components == ["a\u{1A}b"])
    }

    @Test func writerMakesWhatValuesMake() throws {
        var generator = ValueGenerator(seed: 9)
        for _ in 0..<300 {
            let values = (0..<13).map { _ in generator.value() }
            var writer = DocumentWriter(reserving: generator.random.pick([0, 64, 4_096]))
            writer.beginArray("values")
            for value in values {
                if generator.random.chance(2) {
                    writer.appendElement(value)
                } else {
                    value.withRaw { writer.appendElement($0) }
                }
            }
            writer.end()
            writer.beginDocument("d")
            writer.append("x", values[0])
            writer.beginArray("empty")
            // Left open: finishing ends it.
            let document = writer.finishDocument()
            #expect(document == ["values": .array(values), "d": ["x": values[0], "empty": []]])
        }
    }

    @Test func zeroBytesInNamesDoNoHarm() throws {
        let document: Document = ["a\0b": 1]
        try document.bytes.withUnsafeBytes { _ = try RawDocument.validated($0) }
        #expect(document.keys == ["a\u{1A}b"])
    }
}
