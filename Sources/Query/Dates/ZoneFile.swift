internal import Glibc

/// A compiled time zone as RFC 8536 lays it out, read from the system's zoneinfo.
final class ZoneFile: Sendable {
    private static let directory = "/usr/share/zoneinfo/"
    private static let maxBytes = 1 << 20

    /// Seconds since 1970, each with the offset that holds from then on.
    private let transitions: [(at: Int64, offset: Int64)]
    /// What holds before the first.
    private let first: Int64
    /// What holds after the last.
    private let rule: ZoneRule?

    init?(named name: String) {
        // A name is no way out of the directory.
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "/")
        }
        guard isName, !name.isEmpty, name.utf8.count < 64, !name.hasPrefix("/"),
            let bytes = Self.read(Self.directory + name), var block = ZoneBlock(bytes, at: 0, wordBytes: 4)
        else { return nil }
        var footer = ""
        if block.version >= 0x32 {
            guard let second = ZoneBlock(bytes, at: block.end, wordBytes: 8) else { return nil }
            block = second
            let text = bytes[second.end...].drop { $0 == 0x0A }.prefix { $0 != 0x0A }
            footer = String(decoding: text, as: UTF8.self)
        }
        guard let first = block.offsets.first else { return nil }
        self.first = first
        transitions = block.transitions
        rule = ZoneRule(footer)
    }

    func offset(at utc: Int64) -> Int64 {
        guard let last = transitions.last else { return rule?.offset(at: utc) ?? first }
        if utc >= last.at { return rule?.offset(at: utc) ?? last.offset }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= utc { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : transitions[low - 1].offset
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
            status.st_size < maxBytes
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }
}

/// One header and its data: numbers of four bytes in the first, of eight in the second.
private struct ZoneBlock {
    let version: UInt8
    let transitions: [(at: Int64, offset: Int64)]
    let offsets: [Int64]
    let end: Int

    /// `nil` for what is no such block.
    init?(_ bytes: [UInt8], at start: Int, wordBytes: Int) {
        func number(_ at: Int, _ count: Int) -> Int64 {
            let raw = bytes[at..<at + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return count == 8 ? Int64(bitPattern: raw) : Int64(Int32(truncatingIfNeeded: raw))
        }
        guard bytes.count >= start + 44, bytes[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
        version = bytes[start + 4]
        let counts = (0..<6).map { Int(number(start + 20 + 4 * $0, 4)) }
        guard counts.allSatisfy({ (0..<100_000).contains($0) }) else { return nil }
        let (times, types, letters) = (counts[3], counts[4], counts[5])
        let kinds = start + 44 + times * wordBytes
        let rows = kinds + times
        end = rows + types * 6 + letters + counts[2] * (wordBytes + 4) + counts[1] + counts[0]
        guard end <= bytes.count else { return nil }
        let offsets = (0..<types).map { number(rows + 6 * $0, 4) }
        guard (0..<times).allSatisfy({ Int(bytes[kinds + $0]) < types }) else { return nil }
        self.offsets = offsets
        transitions = (0..<times).map {
            (number(start + 44 + $0 * wordBytes, wordBytes), offsets[Int(bytes[kinds + $0])])
        }
    }
}
