/// Pieces of JSON-escaped text in one buffer, to draw from without making strings.
struct TextPool {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    var count: Int { ends.count - 1 }

    init() {}

    /// The pieces of `list`, which stand between bars.
    init(_ list: StaticString) {
        let all = UnsafeBufferPointer(start: list.utf8Start, count: list.utf8CodeUnitCount)
        for piece in all.split(separator: UInt8(ascii: "|")) {
            add(piece)
        }
    }

    mutating func add(_ piece: some Sequence<UInt8>) {
        bytes.append(contentsOf: piece)
        ends.append(bytes.count)
    }

    subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[ends[index]..<ends[index + 1]]
    }

    func append(_ index: Int, to line: inout Line) {
        let start = ends[index]
        let end = ends[index + 1]
        bytes.withUnsafeBytes { line.append(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    }

    /// For ASCII pieces only.
    func append(lowercased index: Int, to line: inout Line) {
        for byte in self[index] {
            line.append(byte | 0x20)
        }
    }
}
