import BSON
import Foundation
import Platform
import Synchronization

/// The reader of standard output went away: not an error of ours.
struct BrokenPipe: Error {}

/// Standard output, buffered, and standard error; colour only where a terminal shows it.
enum Console {
    enum Stream: Int32 {
        case output = 1
        case error = 2
    }

    private static let buffer = Mutex<[UInt8]>([])

    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    // MARK: Standard output

    static func print(_ line: String) throws {
        try write(Array(line.utf8) + [0x0A])
    }

    /// Appends to standard output; what is written reaches it when enough has gathered, and at the end.
    static func write(_ bytes: [UInt8]) throws {
        let full = buffer.withLock { buffer in
            buffer.append(contentsOf: bytes)
            return buffer.count >= 1 << 16
        }
        if full { try flush() }
    }

    static func flush() throws {
        let bytes = buffer.withLock { buffer in
            defer { buffer.removeAll(keepingCapacity: true) }
            return buffer
        }
        try write(bytes, to: .output)
    }

    private static func write(_ bytes: [UInt8], to stream: Stream) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                throw BrokenPipe()
            } else if errno != EINTR, errno != EAGAIN {
                throw FileError(operation: "write", path: "standard output", errno: errno)
            }
        }
    }

    // MARK: Standard error

    /// A line for people, beside the data.
    static func note(_ line: String) {
        try? write(Array(line.utf8) + [0x0A], to: .error)
    }

    static func raw(_ text: String) { try? write(Array(text.utf8), to: .error) }

    // MARK: Colour

    static func bold(_ text: String, on stream: Stream = .output) -> String { styled(text, "1", stream) }
    static func dim(_ text: String, on stream: Stream = .output) -> String { styled(text, "2", stream) }
    static func red(_ text: String, on stream: Stream = .output) -> String { styled(text, "31", stream) }
    static func green(_ text: String, on stream: Stream = .output) -> String { styled(text, "32", stream) }
    static func cyan(_ text: String, on stream: Stream = .output) -> String { styled(text, "36", stream) }

    private static func styled(_ text: String, _ code: String, _ stream: Stream) -> String {
        let isPlain = !isTerminal(stream) || ProcessInfo.processInfo.environment["NO_COLOR"] != nil
        return isPlain ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    // MARK: JSON

    static func printJSON(_ document: Document) throws {
        try print(JSON.string(document, style: .relaxed))
    }
}
