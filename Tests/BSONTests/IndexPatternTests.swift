import BSON
import Testing

private func keys(_ pattern: IndexPattern, _ document: Document) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    var scratch: [UInt8] = [1, 2, 3]
    document.withRaw { pattern.forEachKey(of: $0, scratch: &scratch) { keys.append([UInt8]($0)) } }
    return keys
}

private func key(_ pattern: IndexPattern, _ values: Value?...) -> [UInt8] {
    var key: [UInt8] = []
    for (part, value) in values.enumerated() {
        if let value {
            _ = value.withRaw { pattern.encode($0, part: part, into: &key) }
        } else {
            pattern.encode(nil, part: part, into: &key)
        }
    }
    return key
}

private func single(_ path: FieldPath, sparse: Bool = false) -> IndexPattern {
    IndexPattern([.init(path)], sparse: sparse)
}

@Suite struct IndexPatternTests {
    let pair = IndexPattern([.init("user"), .init("at", descending: true)])

    @Test func plainDocumentsHaveOneKey() {
        #expect(keys(pair, ["at": 5, "user": "u"]) == [key(pair, "u", 5)])
        #expect(keys(single("a.b"), ["a": ["b": 1]]) == [key(single("a"), 1)])
        #expect(key(pair, "u", 5) > key(pair, "u", 6))
    }

    @Test func missingIsNullUnlessSparse() {
        #expect(keys(pair, ["user": "u"]) == [key(pair, "u", nil)])
        #expect(keys(single("a"), [:]) == [key(single("a"), .null)])
        #expect(keys(single("a", sparse: true), ["b": 1]) == [])
        #expect(keys(single("a", sparse: true), ["a": nil]) == [key(single("a"), .null)])
        let sparsePair = IndexPattern(pair.parts, sparse: true)
        #expect(keys(sparsePair, ["at": 1]) == [key(pair, nil, 1)])
        #expect(keys(sparsePair, ["x": 1]) == [])
        #expect(keys(single("a.b"), ["a": 1]) == [key(single("a"), .null)])
    }

    @Test func arraysGiveAKeyPerElement() {
        let tags = single("tags")
        #expect(keys(tags, ["tags": ["b", "a", "b"]]) == [key(tags, "a"), key(tags, "b")])
        #expect(keys(tags, ["tags": [1, 1.0]]) == [key(tags, 1)])
        #expect(keys(tags, ["tags": []]) == [key(tags, .undefined)])
        #expect(keys(tags, ["tags": [[1, 2], 3]]) == [key(tags, 3), key(tags, [1, 2])])
        #expect(keys(pair, ["user": ["x", "y"], "at": 1]) == [key(pair, "x", 1), key(pair, "y", 1)])
        #expect(keys(IndexPattern(pair.parts, sparse: true), ["user": []]) == [key(pair, .undefined, nil)])
    }

    @Test func documentsInArraysAreWalked() {
        let earned = single("achievements.earnedAt")
        #expect(
            keys(earned, ["achievements": [["earnedAt": 2], ["earnedAt": 1], ["x": 1], 7]])
                == [key(earned, .null), key(earned, 1), key(earned, 2)])
        #expect(keys(earned, ["achievements": []]) == [key(earned, .null)])
        #expect(
            keys(earned, ["achievements": [["earnedAt": [3, 4]], ["earnedAt": []]]])
                == [key(earned, .undefined), key(earned, 3), key(earned, 4)])
        #expect(keys(single("a.b", sparse: true), ["a": [["b": 1], ["c": 1]]]) == [key(earned, 1)])
    }

    @Test func partsShareTheElementOfOneArray() {
        let pattern = IndexPattern([.init("items.a"), .init("items.b"), .init("c")])
        let document: Document = ["items": [["a": 1, "b": 2], ["a": 3, "b": 4]], "c": 5]
        #expect(keys(pattern, document) == [key(pattern, 1, 2, 5), key(pattern, 3, 4, 5)])
        #expect(!document.withRaw { pattern.hasParallelArrays(in: $0) })
    }

    @Test func parallelArraysAreSeen() {
        let pattern = IndexPattern([.init("a"), .init("b")])
        let document: Document = ["a": [1, 2], "b": [3, 4]]
        #expect(document.withRaw { pattern.hasParallelArrays(in: $0) })
        #expect(keys(pattern, document) == [key(pattern, 1, [3, 4]), key(pattern, 2, [3, 4])])
        let nested: Document = ["x": [["a": [1], "b": [2]]]]
        let inner = IndexPattern([.init("x.a"), .init("x.b")])
        #expect(nested.withRaw { inner.hasParallelArrays(in: $0) })
    }

    @Test func keysOfManyPartsFitLMDB() {
        for count in 1...8 {
            let pattern = IndexPattern((0..<count).map { .init(FieldPath("f\($0)")) })
            let document = Document((0..<count).map { ("f\($0)", .string(String(repeating: "x", count: 1_000))) })
            #expect(keys(pattern, document)[0].count <= 441)
            #expect(keys(pattern, document)[0].count == count * (pattern.componentLimit + KeyEncoder.cutByteCount))
        }
    }

    /// Keys order documents as sorting by the parts' values does.
    @Test(arguments: 0..<4 as Range<UInt64>) func keysOrderDocuments(seed: UInt64) {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<500 {
            let documents = (0..<2).map { _ -> Document in
                [
                    "user": generator.random.chance(2) ? generator.number() : .string(generator.name()),
                    "at": generator.number(),
                ]
            }
            let found = documents.map { keys(pair, $0)[0] }
            let users = documents.map { $0["user"] ?? .null }
            let times = documents.map { $0["at"] ?? .null }
            let first = order(users[0], users[1])
            let expected = first != 0 ? first : -order(times[0], times[1])
            let order = found[0] == found[1] ? 0 : found[0].lexicographicallyPrecedes(found[1]) ? -1 : 1
            #expect(order == expected)
        }
    }
}

extension [UInt8] {
    static func > (left: [UInt8], right: [UInt8]) -> Bool { right.lexicographicallyPrecedes(left) }
}
