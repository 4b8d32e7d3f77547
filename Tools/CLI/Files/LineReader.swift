import Foundation
import Platform

/// The lines of a file, or of standard input where its name is `-`, read piece by piece; gzip is told by its first bytes.
struct LineReader {
    /// The longest line, without its end.
    static let longestLine = 16 << 20

    struct TooLong: Error, CustomStringConvertible {
        let line: Int
        var description: String { "line \(line) has more than \(LineReader.longestLine) bytes" }
    }

    let path: String
    /// Bytes of the file as it lies on disk; 0 where that is not known.
    let byteCount: Int
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        if path == "-" {
            descriptor = 0
            byteCount = 0
            return
        }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(.noInput, "\(path) cannot be read: \(FileError.message(errno: errno))")
        }
        byteCount = (try? FileSystem.system.status(path)).flatMap { $0 }?.byteCount ?? 0
    }

    /// Gives each line that is not empty, without its end, until `body` returns false. Numbers count from 1; `read` is
    /// how many bytes of the file have been used.
    func forEachLine(
        _ body: @escaping (_ line: UnsafeRawBufferPointer, _ number: Int, _ read: Int) throws -> Bool
    ) throws {
        defer { if descriptor != 0 { close(descriptor) } }
        let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer {
            input.deallocate()
            output.deallocate()
        }
        var splitter = Splitter(body: body)
        var inflater: Inflater?
        while splitter.goesOn {
            let count = try read(input)
            if count == 0 { break }
            let piece = UnsafeRawBufferPointer(rebasing: input[..<count])
            if splitter.read == 0, count >= 2, piece[0] == 0x1F, piece[1] == 0x8B { inflater = try Inflater() }
            splitter.read += count
            if let inflater {
                try inflater.inflate(piece, buffer: output) { try splitter.add($0) }
            } else {
                try splitter.add(piece)
            }
        }
        if splitter.goesOn {
            try inflater?.finish()
            try splitter.finish()
        }
    }

    private func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw FileError(operation: "read", path: path, errno: errno)
            }
        }
    }

    /// Cuts pieces into lines; what a piece has of an unfinished line is kept for the next.
    private struct Splitter {
        let body: (UnsafeRawBufferPointer, Int, Int) throws -> Bool
        var read = 0
        var goesOn = true
        private var number = 0
        private var rest: [UInt8] = []

        init(body: @escaping (UnsafeRawBufferPointer, Int, Int) throws -> Bool) { self.body = body }

        mutating func add(_ piece: UnsafeRawBufferPointer) throws {
            var start = 0
            while goesOn, let end = Self.newline(in: piece, from: start) {
                let line = UnsafeRawBufferPointer(rebasing: piece[start..<end])
                if rest.isEmpty {
                    try give(line)
                } else {
                    rest.append(contentsOf: line)
                    try giveRest()
                }
                start = end + 1
            }
            rest.append(contentsOf: piece[start...])
            if rest.count > LineReader.longestLine { throw TooLong(line: number + 1) }
        }

        mutating func finish() throws {
            if !rest.isEmpty { try giveRest() }
        }

        private mutating func giveRest() throws {
            let line = rest
            rest.removeAll(keepingCapacity: true)
            try line.withUnsafeBytes { try give($0) }
        }

        private mutating func give(_ line: UnsafeRawBufferPointer) throws {
            number += 1
            var line = line
            if line.last == 0x0D { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
            if line.count > LineReader.longestLine { throw TooLong(line: number) }
            if !line.isEmpty { goesOn = try body(line, number, read) }
        }

        private static func newline(in piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
            guard start < piece.count, let base = piece.baseAddress,
                let found = memchr(base + start, 0x0A, piece.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }
}
