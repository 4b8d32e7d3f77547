import BSON
import Testing

@Suite struct MutableDocumentTests {
    static let paths = [
        "a", "b", "rating", "longerThanEightBytes", "a.b", "a.c", "b.c.d", "nested.list", "list", "a.b.c.d", "ü", "",
    ]

    /// Random edits give what a naive model gives, byte for byte, and the document stays valid for us and for libbson.
    @Test(arguments: 0..<24 as Range<UInt64>) func editsEqualTheModel(seed: UInt64) throws {
        var generator = ValueGenerator(seed: seed)
        let arena = Arena(chunkBytes: 1 << 14)
        for _ in 0..<12 {
            var model = generator.document()
            var edited = model.withRaw {
                MutableDocument(copying: $0, in: arena, slack: generator.random.pick([0, 8, 64, 4_096]))
            }
            for step in 0..<40 {
                let text = generator.random.pick(MutableDocumentTests.paths)
                let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...]
                let path = FieldPath(text)
                let old = DocumentModel.get(model, names)
                #expect(edited[path]?.owned() == old)
                switch generator.random.below(8) {
                case 0, 1:
                    let value = generator.value()
                    edited.set(path, value, in: arena)
                    model = DocumentModel.set(model, names, value)
                case 2:
                    let (value, expected) = setTyped(&edited, path, &generator, arena)
                    _ = value
                    model = DocumentModel.set(model, names, expected)
                case 3:
                    let removed = edited.remove(path)
                    #expect(removed == (old != nil))
                    model = DocumentModel.remove(model, names)
                case 4, 5:
                    let value = generator.value(depth: 1)
                    edited.push(path, value, in: arena)
                    model = DocumentModel.set(model, names, .array((DocumentModel.array(model, names) ?? []) + [value]))
                case 6:
                    let pulled = edited.pull(path, where: { $0.isNumber }, in: arena)
                    let values = DocumentModel.array(model, names)
                    let kept = values?.filter { !isNumber($0) }
                    #expect(pulled == (values?.count ?? 0) - (kept?.count ?? 0))
                    if let kept { model = DocumentModel.set(model, names, .array(kept)) }
                default:
                    let delta = generator.integer()
                    let sum = edited.add(delta, to: path, in: arena)
                    let expected = DocumentModel.sum(old, delta)
                    #expect(sum == expected)
                    model = DocumentModel.set(model, names, .int64(expected))
                }
                let bytes = [UInt8](edited.raw.bytes)
                try #require(bytes == model.bytes, "seed \(seed), step \(step), path \(text)")
                try bytes.withUnsafeBytes { _ = try RawDocument.validated($0) }
                #expect(Oracle.isValid(bytes))
            }
            arena.reset()
        }
    }

    private func isNumber(_ value: Value) -> Bool {
        switch value {
        case .int32, .int64, .double, .decimal128: true
        default: false
        }
    }

    private func setTyped(
        _ document: inout MutableDocument, _ path: FieldPath, _ generator: inout ValueGenerator, _ arena: Arena
    ) -> (Int, Value) {
        let integer = generator.integer()
        switch generator.random.below(8) {
        case 0:
            document.set(path, Int32(truncatingIfNeeded: integer), in: arena)
            return (0, .int32(Int32(truncatingIfNeeded: integer)))
        case 1:
            document.set(path, integer, in: arena)
            return (1, .int64(integer))
        case 2:
            document.set(path, Double(integer), in: arena)
            return (2, .double(Double(integer)))
        case 3:
            document.set(path, integer > 0, in: arena)
            return (3, .bool(integer > 0))
        case 4:
            document.set(path, DateTime(milliseconds: integer), in: arena)
            return (4, .dateTime(DateTime(milliseconds: integer)))
        case 5:
            let id = generator.objectID()
            document.set(path, id, in: arena)
            return (5, .objectID(id))
        case 6:
            document.setNull(path, in: arena)
            return (6, .null)
        default:
            var text = generator.text()
            text.withUTF8 { document.set(path, UnsafeRawBufferPointer($0), in: arena) }
            return (7, .string(text))
        }
    }

    /// Values may be views into the very document that is edited.
    @Test(arguments: 0..<8 as Range<UInt64>) func copiesItsOwnFields(seed: UInt64) throws {
        var generator = ValueGenerator(seed: seed)
        let arena = Arena()
        for _ in 0..<40 {
            var model = generator.document()
            var edited = model.withRaw {
                MutableDocument(copying: $0, in: arena, slack: generator.random.pick([0, 512]))
            }
            for _ in 0..<10 {
                guard let source = model.keys.randomElement(using: &generator.random) else { break }
                let target = generator.random.pick(["a", "b", "rating", "ü", "new"])
                let value = try #require(model[FieldPath(source)])
                let view = try #require(edited[FieldPath(source)])
                if generator.random.chance(2) {
                    edited.set(FieldPath(target), view, in: arena)
                    model = DocumentModel.set(model, [target], value)
                } else {
                    edited.push(FieldPath(target), view, in: arena)
                    model = DocumentModel.set(
                        model, [target], .array((DocumentModel.array(model, [target]) ?? []) + [value]))
                }
                try #require(edited.raw.byteCount < 100_000)
                #expect([UInt8](edited.raw.bytes) == model.bytes)
            }
        }
    }

    @Test func setsAStringFromItsOwnText() {
        let arena = Arena()
        let document: Document = ["a": "hello", "b": "world"]
        var edited = document.withRaw { MutableDocument(copying: $0, in: arena, slack: 0) }
        if let text = edited["b"]?.utf8 { edited.set("a", text, in: arena) }
        if let text = edited["a"]?.utf8 { edited.set("x.y", UnsafeRawBufferPointer(rebasing: text[1...]), in: arena) }
        #expect(Document(copying: edited.raw) == ["a": "world", "b": "world", "x": ["y": "orld"]])
    }

    @Test func fixedWidthIsPatchedInPlace() {
        let arena = Arena()
        let document: Document = [
            "name": "x", "stats": ["count": .int64(1), "at": .dateTime(DateTime(milliseconds: 0))],
        ]
        var edited = document.withRaw { MutableDocument(copying: $0, in: arena, slack: 0) }
        let before = (arena.allocatedBytes, edited.raw.base)
        edited.add(5, to: "stats.count", in: arena)
        edited.set("stats.at", DateTime(milliseconds: 99), in: arena)
        edited.set("name", "y", in: arena)
        #expect(arena.allocatedBytes == before.0)
        #expect(edited.raw.base == before.1)
        #expect(
            Document(copying: edited.raw) == [
                "name": "y", "stats": ["count": .int64(6), "at": .dateTime(DateTime(milliseconds: 99))],
            ])
    }

    @Test func addStaysWithinInt64() {
        let arena = Arena()
        var edited = MutableDocument(in: arena)
        edited.set("n", Int64.max, in: arena)
        let sum = edited.add(1, to: "n", in: arena)
        #expect(sum == .max)
        edited.set("d", 2.9, in: arena)
        let rounded = edited.add(-10, to: "d", in: arena)
        #expect(rounded == -8)
    }

    @Test func copiesAreIndependent() {
        let arena = Arena()
        let document: Document = ["n": .int64(1)]
        var edited = document.withRaw { MutableDocument(copying: $0, in: arena) }
        let undo = edited.copy(in: arena)
        edited.add(1, to: "n", in: arena)
        #expect(undo["n"]?.int64 == 1)
        #expect(edited["n"]?.int64 == 2)
    }
}

@Suite struct ArenaTests {
    @Test func regionsDoNotOverlapAndAreAligned() {
        var random = SplitMix64(seed: 1)
        let arena = Arena(chunkBytes: 1_024)
        for _ in 0..<3 {
            var regions: [(UnsafeMutableRawPointer, Int, UInt8)] = []
            for index in 0..<300 {
                let count = random.pick([0, 1, 7, 8, 100, 255, 300, 5_000])
                let start = arena.allocate(count)
                #expect(UInt(bitPattern: start) % 8 == 0)
                let mark = UInt8(truncatingIfNeeded: index)
                start.initializeMemory(as: UInt8.self, repeating: mark, count: count)
                regions.append((start, count, mark))
            }
            let isIntact = regions.allSatisfy { start, count, mark in
                UnsafeRawBufferPointer(start: start, count: count).allSatisfy { $0 == mark }
            }
            #expect(isIntact)
            #expect(arena.allocatedBytes >= regions.reduce(0) { $0 + $1.1 })
            arena.reset()
            #expect(arena.allocatedBytes == 0)
        }
    }
}
