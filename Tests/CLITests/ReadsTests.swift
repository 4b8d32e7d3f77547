import Foundation
import Glibc
import Testing

/// The audit trail of reads, as operators and auditors have it.
@Suite struct ReadsTests {
    private func filled(_ scratch: TemporaryDirectory) throws -> String {
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "300", "--users", "20", "--seed", "8").output
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.utf8)).status == 0)
        return data
    }

    private func reads(_ arguments: String...) throws -> Program.Outcome {
        try Program.run(try Program.path("annals"), ["reads"] + arguments)
    }

    /// Asks so many times, over one connection.
    private func ask(_ url: String, _ count: Int) throws {
        let answers = try Program.run(
            "/usr/bin/env",
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}\n", "\(url)/v1/collections?[1-\(count)]"]
        ).output
        #expect(answers.split(separator: "\n").count == count)
    }

    @Test func theTrailIsReadVerifiedAndSigned() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        #expect(try reads("--data", data).status == 66)
        let (note, proof) = (scratch.path("note"), scratch.path("proof"))
        var lines: [Substring] = []
        var key = ""
        let status = try Program.serving(data, ["--audit-reads"]) { url in
            try ask(url, 3)
            #expect(try Program.run("query", "users", #"{"email":"canary@x.example"}"#, "--data", data).status == 0)
            let text = try reads("--data", data).output
            #expect(text.contains("local socket") && text.contains("loopback http") && !text.contains("canary"))
            let first = try reads("--url", url, "--json", "--limit", "4")
            #expect(first.status == 0)
            lines = first.output.split(separator: "\n")
            let operations = try first.objects.map { $0["operation"] as? String }
            #expect(operations == ["listCollections", "listCollections", "listCollections", "find"])
            #expect(try reads("--data", data, "--json", "--principal", "local", "--limit", "1").objects.count == 1)
            let signed = try Program.run("replay", "checkpoint", "--reads", "--data", data)
            try signed.output.write(toFile: note, atomically: true, encoding: .utf8)
            key = try Program.run("replay", "key", "--reads", "--url", url).output
            #expect(signed.status == 0 && key.contains("/reads/"))
            try ask(url, 5)
        }
        #expect(status == 0)
        let after = try reads("--data", data, "--json")
        #expect(Array(after.output.split(separator: "\n").prefix(4)) == lines && lines.count == 4)
        #expect(try after.objects.allSatisfy { $0["status"] as? Int != nil })
        let proven = try Program.run("replay", "prove", "--reads", "--from", note, "--data", data)
        try proven.output.write(toFile: proof, atomically: true, encoding: .utf8)
        let checked = try Program.run(
            "verify-proof", proof, "--checkpoint", note, "--key", key.trimmingCharacters(in: .newlines))
        #expect(checked.status == 0, "\(checked.output) \(checked.errors)")
        let report = try Program.run("replay", "verify", "--data", data, "--against", note, "--json")
        #expect(report.status == 0, "\(report.output)")
        let trail = try #require(try report.objects.first?["reads"] as? [String: Any])
        #expect(trail["position"] as? Int == after.output.split(separator: "\n").count)
        #expect(trail["checkpoints"] as? Int ?? 0 >= 2)
    }

    /// Entries that are durable.
    private func signed(_ url: String) throws -> Int {
        let note = try Program.run("/usr/bin/env", ["curl", "-s", "\(url)/v1/reads/checkpoint"]).output
        let lines = note.split(separator: "\n")
        return lines.count > 1 ? Int(lines[1]) ?? 0 : 0
    }

    /// SIGKILL takes what was not flushed within a second, and no more; what is there verifies.
    @Test func aKilledServerLosesASecondAtMost() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        for round in 1...3 {
            let before = round == 1 ? 0 : try reads("--data", data, "--json").output.split(separator: "\n").count
            _ = try Program.serving(data, ["--audit-reads"]) { url, process in
                try ask(url, 40)
                let end = Date(timeIntervalSinceNow: 60)
                while try signed(url) < before + 40, Date() < end { usleep(50_000) }
                try ask(url, 10)
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            let found = try reads("--data", data, "--json").output.split(separator: "\n").count - before
            #expect((40...50).contains(found), "\(found) of 50 in round \(round)")
            let report = try Program.run("replay", "verify", "--data", data, "--json")
            #expect(report.status == 0, "\(report.output)")
        }
    }

    @Test func withoutTheFlagNothingIsWritten() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        _ = try Program.serving(data) { url in
            try ask(url, 3)
            #expect(try reads("--url", url).status == 64)
        }
        #expect(!FileManager.default.fileExists(atPath: data + "/reads"))
        let shown = try Program.run(
            "/usr/bin/env", ["ANNALS_AUDIT_READS=true", try Program.path("annals"), "serve", "--print-config"])
        #expect(
            shown.output.split(separator: "\n").contains {
                $0.hasPrefix("audit-reads ") && $0.hasSuffix("true  (environment)")
            })
    }
}
