import EventLog
import Testing

@Suite struct PostingListTests {
    static func encode(_ positions: [UInt64]) -> [UInt8] {
        var chunk: [UInt8] = []
        var last: UInt64 = 0
        for position in positions {
            let before = chunk.count
            PostingList.append(position, after: last, to: &chunk)
            #expect(chunk.count - before == PostingList.byteCount(of: position, after: last))
            last = position
        }
        return chunk
    }

    @Test func goldenBytes() {
        #expect(hex(Self.encode([1, 2, 129, 257, 16_641])) == "01" + "01" + "7f" + "8001" + "808001")
        #expect(hex(Self.encode([.max])) == "ffffffffffffffffff01")
    }

    @Test func randomListsReadBack() {
        var generator = SplitMix64(seed: 21)
        for round in 0..<300 {
            var positions: [UInt64] = []
            var position: UInt64 = 0
            for _ in 0..<(round % 50) {
                let widest = UInt64(1) << UInt64.random(in: 0...40, using: &generator)
                position += UInt64.random(in: 1...widest, using: &generator)
                positions.append(position)
            }
            Self.encode(positions).withUnsafeBytes { bytes in
                let list = PostingList(bytes)
                #expect(Array(list) == positions)
                #expect(list.count == positions.count)
                #expect(list.first == positions.first)
                #expect(list.last == positions.last)
                #expect(list.isWellFormed)
            }
        }
    }

    @Test(arguments: ["80", "00", "0100", "ffffffffffffffffff02", "ffffffffffffffffffff01", "ffffffffffffffffff0101"])
    func damagedChunksEndEarly(chunk: String) {
        bytes(hex: chunk).withUnsafeBytes { bytes in
            #expect(!PostingList(bytes).isWellFormed)
            #expect(Array(PostingList(bytes)).count <= 1)
        }
    }

    @Test func anyBytesAreReadWithoutHarm() {
        var generator = SplitMix64(seed: 22)
        for round in 0..<5000 {
            let chunk = (0..<(round % 40)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            chunk.withUnsafeBytes { bytes in
                let positions = Array(PostingList(bytes))
                #expect(zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 })
            }
        }
    }
}
