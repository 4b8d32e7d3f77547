import Foundation
import Glibc

/// What a run of the program needed of memory.
struct MemoryPeak {
    /// The most that was resident and not backed by a file, in bytes.
    var bytes = 0
    var samples = 0
}

extension Program {
    /// Runs the program to its end, looking at its memory every two milliseconds: the kernel keeps no peak of what is not
    /// backed by a file.
    static func memoryPeak(_ arguments: String...) throws -> MemoryPeak {
        let scratch = TemporaryDirectory()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path("annals"))
        process.arguments = arguments
        process.standardOutput = try scratch.file("output")
        process.standardError = try scratch.file("errors")
        try process.run()
        var peak = MemoryPeak()
        while process.isRunning {
            if let bytes = anonymousBytes(process.processIdentifier) {
                peak.bytes = max(peak.bytes, bytes)
                peak.samples += 1
            }
            usleep(2_000)
        }
        guard process.terminationStatus == 0 else { throw Ended(errors: try scratch.text("errors")) }
        return peak
    }

    struct Ended: Error { let errors: String }

    private static func anonymousBytes(_ process: Int32) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1_024 }
    }
}
