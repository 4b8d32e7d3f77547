import Foundation
import Glibc

/// One life of the victim: what it said before it ended.
struct Cycle {
    var opened = false
    var openingReport: [String] = []
    var isDone = false
    /// Line → position.
    var acked: [Int: UInt64] = [:]
    var refused: [Int: String] = [:]
    var milliseconds: [Int] = []
    var flushes = 0
    /// Views that the life before had folded up to a position.
    var resumed: [String: UInt64] = [:]
    /// Views that were folded, and what became of each.
    var rebuilt: [String] = []

    /// A kill leaves views that can be trusted: what they lack is replayed, and no more.
    var isTrusting: Bool { Self.isTrusting(openingReport) }
    static func isTrusting(_ report: [String]) -> Bool {
        !report.contains { $0.hasPrefix("views thrown away") || $0.hasPrefix("rebuilding") }
    }

    /// From when on the time until the kill counts.
    enum Milestone {
        case started, opened, answered, rebuilding

        /// What the victim says when it is there.
        fileprivate var word: Data? {
            switch self {
            case .started: nil
            case .opened: Data("\n".utf8)
            case .answered: Data("\nack ".utf8)
            case .rebuilding: Data("\nrebuilding\n".utf8)
            }
        }
    }

    /// Runs the victim; kills it so many milliseconds after a milestone.
    static func run(_ arguments: [String], killAfter milliseconds: Int? = nil, _ milestone: Milestone = .opened) throws
        -> Cycle
    {
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let handle = output.fileHandleForReading
        var text = Data()
        if let milliseconds {
            if let word = milestone.word {
                while text.range(of: word) == nil {
                    let more = handle.availableData
                    if more.isEmpty { break }
                    text.append(more)
                }
            }
            usleep(UInt32(milliseconds) * 1000)
            kill(process.processIdentifier, SIGKILL)
        }
        text.append(handle.readDataToEndOfFile())
        process.waitUntilExit()
        return Cycle(String(decoding: text, as: UTF8.self))
    }

    private static func executable() throws -> URL {
        // Beside the test bundle.
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("CrashVictim")
    }

    private init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            switch words[0] {
            case "open": opened = true
            case "opening": openingReport.append(String(line.dropFirst("opening ".count)))
            case "done": isDone = true
            case "ack": acked[Int(words[1]) ?? -1] = UInt64(words[2])
            case "no": refused[Int(words[1]) ?? -1] = String(words[2])
            case "waited": milliseconds.append(Int(words[2]) ?? -1)
            case "resumed": resumed[String(words[1])] = UInt64(words[2])
            case "rebuilt": rebuilt.append("\(words[1]) \(words[2])")
            case "flushes": flushes = Int(words[1]) ?? -1
            default: break
            }
        }
    }
}
