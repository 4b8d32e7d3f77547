import Foundation
import Glibc

/// Has children look at change after change, puts right what one leaves that ends in the midst, and counts.
struct Tally {
    let changes: Int
    let seed: UInt64
    let events: Int
    let directory: String

    private struct Count {
        var found = 0, ended = 0, same = 0
    }

    func run() throws {
        let start = Date()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Site.make(directory, seed: seed, events: events)
        let site = try Site(directory)
        var counts: [Place: Count] = [:]
        var served: [String: Int] = [:]
        var wrong: [String] = []
        var next = 0
        while next < changes {
            let life = try Life.run([directory, "\(seed)", "\(next)", "\(changes)"])
            for (number, finding) in life.findings {
                let change = try Change(number, seed: seed, site)
                switch finding.split(separator: " ").first {
                case "found": counts[change.place, default: Count()].found += 1
                case "same": counts[change.place, default: Count()].same += 1
                default: wrong.append("\(change): \(finding)")
                }
            }
            for (number, how) in life.services {
                let word = String(how.split(separator: " ").first ?? "")
                served[word, default: 0] += 1
                if word == "altered" {
                    wrong.append("\(try Change(number, seed: seed, site)): a record is read \(how)")
                }
            }
            if life.signal == 0, life.status == 0 { break }
            guard let (number, stage) = life.last else {
                throw Failed("a child ended with \(life.status) before it had begun: \(life.text.suffix(2_000))")
            }
            let change = try Change(number, seed: seed, site)
            guard life.signal != 0, stage != "undone", stage != "change" else {
                throw Failed(
                    "a child ended with \(life.status) (signal \(life.signal)) at \(change), \(stage): \(life.text.suffix(500))"
                )
            }
            try change.apply(site)
            switch (stage, life.signal) {
            case (_, SIGALRM): wrong.append("\(change): \(stage) hangs")
            case ("check", _): counts[change.place, default: Count()].ended += 1
            case ("serve", _): served["ended", default: 0] += 1
            default: wrong.append("\(change): it is called sound, and reading it ends the process (\(life.signal))")
            }
            next = number + 1
        }
        tell(counts, served, Int(Date().timeIntervalSince(start)))
        guard wrong.isEmpty else { throw Failed("seed \(seed):\n" + wrong.joined(separator: "\n")) }
        DamageCheck.say("all found")
    }

    private func tell(_ counts: [Place: Count], _ served: [String: Int], _ seconds: Int) {
        DamageCheck.say("\(changes) changes, seed \(seed), \(events) events, \(seconds) s")
        for place in Place.allCases {
            let count = counts[place] ?? Count()
            DamageCheck.say(
                "\(place.rawValue): \(count.found + count.ended) found, \(count.ended) of them by the process that read it "
                    + "ending; \(count.same) without content")
        }
        let how = served.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        DamageCheck.say("served with a damaged log: \(how)")
    }
}

/// One child, and what it said.
private struct Life {
    var text = ""
    var status: Int32 = 0
    /// 0 where it ended by itself.
    var signal: Int32 = 0
    var findings: [(Int, String)] = []
    var services: [(Int, String)] = []
    var last: (Int, String)?

    static func run(_ arguments: [String]) throws -> Life {
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments = ["look"] + arguments
        var environment = ProcessInfo.processInfo.environment
        // Ends are expected here.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var life = Life()
        life.text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal {
            life.signal = process.terminationStatus
        } else {
            life.status = process.terminationStatus
        }
        for line in life.text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard words.count == 3, let number = Int(words[1]) else { continue }
            switch words[0] {
            case "at": life.last = (number, words[2])
            case "end": life.findings.append((number, words[2]))
            case "served": life.services.append((number, words[2]))
            default: break
            }
        }
        return life
    }
}
