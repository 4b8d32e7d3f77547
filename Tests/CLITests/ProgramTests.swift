import Foundation
import Glibc
import Testing

/// The program from outside: what it prints for programs, and how it ends.
@Suite struct ProgramTests {
    @Test func generatedEventsGoInAndComeOut() throws {
        let scratch = TemporaryDirectory()
        func generated(_ more: String...) throws -> Program.Outcome {
            let path = try Program.path("annals")
            return try Program.run(path, ["generate", "--events", "3000", "--users", "60", "--seed", "5"] + more)
        }
        let made = try generated("--with-errors", "0.02")
        #expect(made.status == 0)
        // The same bytes again, also by the option's other name; without it, others.
        #expect(try generated("--errors", "0.02").output == made.output)
        #expect(try generated().output != made.output)
        #expect(try generated("--with-errors", "2").status == 64)
        try made.output.write(toFile: scratch.path("events"), atomically: true, encoding: .utf8)
        let data = scratch.path("data")

        let first = try Program.run("import", scratch.path("events"), "--data", data, "--json")
        #expect(first.status == 0)
        // A new store has a word on its master key, and no other.
        #expect(first.errors.hasPrefix("made the master key ") && first.errors.split(separator: "\n").count == 1)
        let report = try #require(try first.objects.first)
        #expect((report["peakRSS"] as? Int ?? 0) > 1 << 20)
        let accepted = try #require(report["accepted"] as? Int)
        let refused = try #require(report["refused"] as? Int)
        let reasons = try #require(report["reasons"] as? [String: Int])
        #expect(accepted + refused == 3000 && refused > 10)
        #expect(reasons.values.reduce(0, +) == refused)
        #expect(reasons.keys.allSatisfy { $0.contains(": ") })
        // What fell due in that life stands between.
        let position = try #require(report["position"] as? Int)
        #expect(position > accepted)

        // Packed, from standard input, once more: all are there.
        let gzip = try Program.run(
            "/bin/sh", ["-c", "gzip -c '\(scratch.path("events"))' > '\(scratch.path("events.gz"))'"])
        #expect(gzip.status == 0)
        let packed = try Data(contentsOf: URL(fileURLWithPath: scratch.path("events.gz")))
        let again = try Program.run("import", "-", "--data", data, "--json", input: packed)
        let second = try #require(try again.objects.first)
        #expect(second["duplicate"] as? Int == accepted)
        // What was refused for its state then may be accepted by now.
        let late = try #require(second["accepted"] as? Int)
        #expect(late + (second["refused"] as? Int ?? 0) == refused && late < refused / 2)

        let verified = try Program.run("replay", "verify", "--data", data, "--json")
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
        let verdict = try #require(try verified.objects.first)
        #expect(verdict["ok"] as? Bool == true)
        let last = try #require(verdict["position"] as? Int)
        #expect(last >= position + late)
        #expect((verdict["root"] as? String)?.count == 64)
        #expect((verdict["differences"] as? [Any])?.isEmpty == true)

        try rebuildingChangesNothing(data, root: try #require(verdict["root"] as? String))
        try queriesAnswer(data, events: made.output, position: last)
    }

    private func rebuildingChangesNothing(_ data: String, root: String) throws {
        let before = try Program.run("query", "users", "--data", data, "--json")
        #expect(try Program.run("rebuild", "users", "chatsessions", "--data", data).status == 0)
        #expect(try Program.run("query", "users", "--data", data, "--json").output == before.output)
        let verified = try Program.run("replay", "verify", "--data", data, "--json")
        #expect(verified.status == 0)
        #expect(try verified.objects.first?["root"] as? String == root)
    }

    private func queriesAnswer(_ data: String, events: String, position: Int) throws {
        let described = try Program.run("collections", "--data", data, "--json")
        let collections = try #require(try described.objects.first?["collections"] as? [[String: Any]])
        let users = try #require(collections.first { $0["name"] as? String == "users" })
        #expect(users["number"] as? Int == 1)
        let indexes = try #require(users["indexes"] as? [[String: Any]])
        let email = try #require(indexes.first { $0["name"] as? String == "email_1" })
        #expect(email["unique"] as? Bool == true && email["sparse"] as? Bool == false)
        #expect(email["key"] as? [String: Int] == ["email": 1])
        let fields = try #require(users["fields"] as? [[String: Any]])
        #expect(fields.contains { $0["path"] as? String == "email" && $0["required"] as? Bool == true })

        let all = try Program.run("query", "users", "{}", "--data", data, "--json").objects
        #expect(all.count == users["documents"] as? Int)
        #expect(all.allSatisfy { $0["password"] == nil })
        let three = try Program.run(
            "query", "users", #"{"stats.totalMessages":{"$gte":1}}"#, "--sort", #"{"stats.totalMessages":-1}"#,
            "--limit",
            "3", "--data", data, "--json"
        ).objects
        let counts = three.compactMap { ($0["stats"] as? [String: Any])?["totalMessages"] as? Int }
        let expected = all.compactMap { ($0["stats"] as? [String: Any])?["totalMessages"] as? Int }.sorted(by: >)
        #expect(counts == Array(expected.prefix(3)))

        let summed = try Program.run(
            "aggregate", "users", #"[{"$group":{"_id":null,"n":{"$sum":"$stats.totalMessages"}}}]"#, "--data", data,
            "--json"
        ).objects
        #expect(summed.first?["n"] as? Int == expected.reduce(0, +))

        let shown = try Program.run("events", "--type", "message.sent", "--data", data, "--json").objects
        #expect(!shown.isEmpty && shown.allSatisfy { $0["type"] as? String == "message.sent" })
        try expectAsSent(shown, events)
        let subject = try #require(shown.first?["subject"] as? String)
        let stream = try Program.run("events", "--subject", subject, "--data", data, "--json").objects
        #expect(stream.map { $0["streamversion"] as? Int } == Array(1...stream.count))
        let last = try Program.run("events", "--after", "\(position - 5)", "--data", data, "--json").objects
        #expect(last.map { $0["position"] as? Int } == Array((position - 4)...position))
    }

    /// What the log shows of an event is what was sent, but for what admission filled in.
    private func expectAsSent(_ shown: [[String: Any]], _ events: String) throws {
        var sent: [String: [String: Any]] = [:]
        for line in events.split(separator: "\n") where line.contains(#""type":"message.sent""#) {
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            if let event, let id = event["id"] as? String { sent[id] = event }
        }
        #expect(Set(shown.compactMap { $0["id"] as? String }).count == shown.count)
        for event in shown {
            let original = try #require(sent[event["id"] as? String ?? ""])
            for name in ["source", "subject"] { #expect(event[name] as? String == original[name] as? String) }
            let data = try #require(event["data"] as? [String: Any])
            let given = try #require(original["data"] as? [String: Any])
            for name in ["sessionId", "messageId", "role"] { #expect(data[name] as? String == given[name] as? String) }
            #expect(data["tokens"] as? Int == given["tokens"] as? Int)
        }
    }

    @Test func stoppingLeavesNothingBehindTheFirstRefusal() throws {
        let scratch = TemporaryDirectory()
        func user(_ number: Int, _ name: String = #""name":"Ada","#) -> String {
            """
            {"specversion":"1.0","id":"\(number)","source":"/t","type":"user.registered",\
            "data":{\(name)"email":"u\(number)@users.example","authMethod":"google"}}
            """
        }
        let lines = [user(1), user(2), user(3, ""), user(4)].joined(separator: "\n")
        let stopped = try Program.run(
            "import", "-", "--on-error", "stop", "--data", scratch.path("data"), "--json", input: Data(lines.utf8))
        #expect(stopped.status == 65)
        let report = try #require(try stopped.objects.first)
        #expect(report["accepted"] as? Int == 2)
        #expect(report["reasons"] as? [String: Int] == ["user.registered: required": 1])
        let users = try Program.run("query", "users", "--data", scratch.path("data"), "--json").objects
        #expect(users.count == 2)
    }

    @Test func exitCodesFollowSysexits() throws {
        let scratch = TemporaryDirectory()
        #expect(try Program.run("nonsense").status == 64)
        #expect(try Program.run("query", "users", "--data", scratch.path("none")).status == 66)
        #expect(try Program.run("import", scratch.path("none")).status == 66)
        // A command that reads makes no store.
        #expect(!FileManager.default.fileExists(atPath: scratch.path("none")))
        let data = scratch.path("data")
        #expect(try Program.run("import", "-", "--data", data).status == 0)
        #expect(try Program.run("query", "nonsense", "--data", data).status == 64)
        #expect(try Program.run("query", "users", "{", "--data", data).status == 64)
        #expect(try Program.run("query", "users", #"{"a":{"$nonsense":1}}"#, "--data", data).status == 64)
        #expect(try Program.run("query", "users", #"{"password":"x"}"#, "--data", data).status == 64)
        let cutShort = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 75])
        #expect(try Program.run("import", "-", "--data", data, input: cutShort).status == 65)
        let damaged = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + Array(repeating: 0xFF, count: 40))
        #expect(try Program.run("import", "-", "--data", data, input: damaged).status == 65)
        let long = Data(repeating: 0x20, count: (16 << 20) + 1)
        #expect(try Program.run("import", "-", "--data", data, input: long).status == 65)
        // A directory below a file, which nobody can make; and one that only others may.
        try "a file".write(toFile: scratch.path("file"), atomically: true, encoding: .utf8)
        #expect(try Program.run("import", "-", "--data", scratch.path("file/data")).status == 73)
        if geteuid() != 0 {
            #expect(try Program.run("import", "-", "--data", "/annals-data").status == 77)
        }
        #expect(try Program.run("generate", "--users", "7").status == 64)
        #expect(try Program.run("rebuild", "--memory", "0", "--data", data).status == 64)
        #expect(try Program.run("import", "-", "--in-flight", "0", "--data", data).status == 64)
        #expect(try Program.run("generate", "--help").output.contains("8 or more"))
    }

    /// A page that is not there ends the process that reads it; the auditor is told what that means.
    @Test func aCrashOnADamagedPageIsAReport() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "500", "--users", "20")
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.output.utf8)).status == 0)
        let log = try FileHandle(forUpdating: URL(fileURLWithPath: data + "/log/data.mdb"))
        // LMDB's two first pages alone: what they point to is past the end.
        try log.truncate(atOffset: 8192)
        try log.close()
        let verified = try Program.run("replay", "verify", "--data", data, "--json")
        #expect(verified.status == 1, "\(verified.output)\(verified.errors)")
        let report = try #require(try verified.objects.first)
        #expect(report["ok"] as? Bool == false)
        #expect(["SIGBUS", "SIGSEGV", "SIGABRT"].contains(report["crash"] as? String), "\(report)")
        let shown = try Program.run("replay", "verify", "--data", data)
        #expect(shown.status == 1 && shown.output.contains("the store is damaged"))
    }

    /// Beside rate and memory: durable ones say what a flush cost, and only `append` has something to be compared with.
    static let figures = [
        "append": ["p50", "p99", "bytesPerEvent", "fsyncProbeMicroseconds", "ratio"],
        "project": ["p50", "p99", "bytesPerEvent", "fsyncProbeMicroseconds", "eventsPerCommit"],
        "rebuild": ["bytesPerEvent"], "get": ["p50", "p99"], "scan": [],
        "timers": [
            "fsyncProbeMicroseconds", "appendRatio", "batchedRatio", "firedPerSecond", "openSeconds",
            "dueBytesPerTimer",
        ],
    ]

    @Test func benchesMeasure() throws {
        let scratch = TemporaryDirectory()
        for name in Self.figures.keys.sorted() {
            let outcome = try Program.run(
                "bench", name, "--events", "2000", "--batch", "100", "--directory", scratch.root, "--json")
            #expect(outcome.status == 0, "\(name): \(outcome.errors)")
            let figures = try #require(try outcome.objects.first)
            #expect(figures["name"] as? String == name)
            #expect((figures["events"] as? Int ?? 0) > 0)
            #expect((figures["eventsPerSecond"] as? Double ?? 0) > 0)
            #expect((figures["peakRSS"] as? Int ?? 0) > 0)
            for figure in try #require(Self.figures[name]) {
                let number = try #require(figures[figure] as? Double, "\(name): no number for \(figure)")
                #expect(number > 0, "\(name): \(figure) is \(number)")
            }
            if name == "project" || name == "rebuild" {
                let before = try #require(figures["anonymousBefore"] as? Int)
                #expect(try #require(figures["peakAnonymous"] as? Int) >= before)
            }
            if name == "timers" {
                #expect(figures["timers"] as? Int == 2_000 && figures["fired"] as? Int == 20, "\(figures)")
            }
            // What an event builds on was answered before it was sent.
            if name == "project" {
                #expect(figures["refused"] as? Int == 0, "\(figures)")
                #expect(figures["eventsPerCommit"] as? Double ?? 0 > 1)
            }
        }
        // Nothing stays behind.
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.root).isEmpty)
    }
}
