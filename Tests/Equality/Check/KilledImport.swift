import Foundation
import Glibc

/// The same import in a process of its own that is killed with SIGKILL at so many places and started again each time.
struct KilledImport {
    let importing: Importing
    /// Log positions after which the process dies, rising, and how much later.
    let kills: [(position: UInt64, microseconds: UInt32)]

    /// How often it died.
    func run() throws -> Int {
        var deaths = 0
        for kill in kills where try !live(until: kill) { deaths += 1 }
        guard try live(until: nil) else { throw Failed("the last life did not come to its end") }
        return deaths
    }

    /// One life; whether it came to the import's end.
    private func live(until end: (position: UInt64, microseconds: UInt32)?) throws -> Bool {
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe"))
        process.arguments = ["import", importing.directory, "\(importing.seed)", "\(importing.events)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var text = ""
        while true {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { break }
            text += String(decoding: more, as: UTF8.self)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for line in lines.dropLast() { try heed(line, process, end) }
            text = lines.last.map(String.init) ?? ""
        }
        process.waitUntilExit()
        guard process.terminationReason == .exit else { return false }
        guard process.terminationStatus == 0 else { throw Failed("a life ended by itself: \(text)") }
        return true
    }

    private func heed(
        _ line: Substring, _ process: Process, _ end: (position: UInt64, microseconds: UInt32)?
    ) throws {
        // A kill leaves views that can be trusted: what they lack is replayed, and no more.
        if line.hasPrefix("opening views thrown away") || line.hasPrefix("opening rebuilding") {
            kill(process.processIdentifier, SIGKILL)
            throw Failed("after a kill: \(line)")
        }
        if line.hasPrefix("FAILED") { throw Failed("a life: \(line)") }
        if let end, line.hasPrefix("at "), UInt64(line.dropFirst(3)) ?? 0 >= end.position {
            usleep(end.microseconds)
            kill(process.processIdentifier, SIGKILL)
        }
    }
}
