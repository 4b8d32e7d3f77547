import Foundation

/// Real activity as an event stream, one CloudEvent a line: data/events.ndjson.gz in the directory `shared` beside the
/// package.
struct RealEvents: Sendable {
    static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data/events.ndjson.gz").standardizedFileURL.path
    static var isThere: Bool { FileManager.default.isReadableFile(atPath: path) }

    private let text: Data
    /// Where each line starts and ends in `text`.
    private let lines: [Range<Int>]

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let gzip = Process()
        let output = Pipe()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-dc", Self.path]
        gzip.standardOutput = output
        try gzip.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        gzip.waitUntilExit()
        guard gzip.terminationStatus == 0 else {
            throw Unreadable(description: "gzip ended with \(gzip.terminationStatus) on \(Self.path)")
        }
        self.text = text
        lines = text.withUnsafeBytes { Self.lines(of: $0) }
    }

    /// memchr and not a loop: these tests run unoptimised, over 150 million bytes.
    private static func lines(of bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
        guard let base = bytes.baseAddress else { return [] }
        var lines: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            let found = memchr(base + start, 0x0A, bytes.count - start)
            let end = found.map { UnsafeRawPointer($0) - base } ?? bytes.count
            if end > start { lines.append(start..<end) }
            start = end + 1
        }
        return lines
    }

    var count: Int { lines.count }

    /// Gives every line with its number, from 0 on.
    func forEach(_ body: (_ line: Int, _ json: UnsafeRawBufferPointer) throws -> Void) throws {
        try text.withUnsafeBytes { bytes in
            for (line, range) in lines.enumerated() {
                try body(line, UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
        }
    }
}
