/// The UTF-8 bytes of one event while it is written, in memory borrowed from `EventGenerator.next`. An array would do,
/// but checks for uniqueness at each of the many short pieces of a line: this makes the whole generator a third faster.
struct Line {
    /// Larger than any event: the longest (a long post) has about 8,000 bytes.
    static let capacity = 32_768

    private let start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    /// `memory` holds at least `capacity` bytes and outlives the line.
    init(memory: UnsafeMutableBufferPointer<UInt8>) {
        precondition(memory.count >= Self.capacity)
        guard let start = memory.baseAddress else { preconditionFailure("no memory") }
        self.start = start
    }

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        precondition(count < Self.capacity)
        start[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func append(_ piece: UnsafeRawBufferPointer) {
        precondition(piece.count <= Self.capacity - count)
        guard let source = piece.baseAddress else { return }
        UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: piece.count)
        count += piece.count
    }

    mutating func append(_ byte: UInt8, times: Int) {
        for _ in 0..<times { append(byte) }
    }

    /// Forgets what was written after the first `length` bytes.
    mutating func cut(to length: Int) {
        precondition(length <= count)
        count = length
    }
}
