import Foundation
import Testing

/// `annals backup` and `annals restore`, beside a server and alone.
@Suite struct BackupCommandTests {
    private func filled(_ scratch: TemporaryDirectory, _ events: Int = 2_000, seed: Int = 8) throws -> String {
        let data = scratch.path("data")
        try fill(data, events, seed)
        return data
    }

    private func fill(_ data: String, _ events: Int, _ seed: Int) throws {
        let made = try Program.run("generate", "--events", "\(events)", "--users", "60", "--seed", "\(seed)").output
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.utf8)).status == 0)
    }

    private func json(_ arguments: String...) throws -> [String: Any] {
        let outcome = try Program.run(try Program.path("annals"), arguments + ["--json"])
        #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        return try outcome.objects.first ?? [:]
    }

    private func position(_ report: [String: Any]) -> Int? { report["position"] as? Int }

    @Test func besideAServerAndAlone() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        let backup = scratch.path("backup")
        let ended = try Program.serving(data, ["--backup-directory", scratch.path("served")]) { url in
            let made = try json("backup", backup, "--data", data)
            #expect(made["backup"] as? String == backup && made["masterKey"] as? String == "included")
            #expect(try #require(position(made)) >= 2_000)
            let remote = try json("backup", "orders", "--url", url)
            #expect(remote["backup"] as? String == scratch.path("served/orders"))
            #expect(try Program.run("backup", "/tmp/elsewhere", "--url", url).status == 64)
            // Somebody else's directory.
            #expect(try Program.run("backup", data + "/log", "--data", data).status == 65)
        }
        #expect(ended == 0)
        // The server is gone: the command reads the directory itself, which has gone on meanwhile.
        try fill(data, 300, 9)
        let last = try json("backup", backup, "--data", data)
        let roots = try json("roots", "--data", data)
        #expect(last["root"] as? String == roots["log"] as? String)
        #expect(try #require(last["newEvents"] as? Int) > 0)

        let whole = scratch.path("whole")
        let restored = try json("restore", backup, "--data", whole)
        #expect(restored["root"] as? String == roots["log"] as? String && restored["continues"] == nil)
        let compared = try #require(restored["roots"] as? [String: Any])
        #expect(compared["compared"] as? Int == (roots["views"] as? [String: Any])?.count)
        #expect((compared["differing"] as? [Any])?.isEmpty == true)
        #expect(try json("roots", "--data", whole)["log"] as? String == roots["log"] as? String)
        let earlier = scratch.path("earlier")
        let forked = try json("restore", backup, "--data", earlier, "--to", "777")
        let continues = try #require(forked["continues"] as? [String: Any])
        #expect(continues["position"] as? Int == 777 && continues["origin"] as? String == last["origin"] as? String)
        #expect(forked["origin"] as? String != last["origin"] as? String)
        for directory in [whole, earlier] {
            let verified = try json("replay", "verify", "--data", directory)
            #expect(verified["ok"] as? Bool == true)
        }
        #expect(try position(json("roots", "--data", earlier)) == 777)
        let moment = try #require(forked["recordedTime"] as? String)
        let then = try json("restore", backup, "--check", "--to", moment)
        #expect(try #require(position(then)) >= 777 && then["restored"] as? Bool == false)
    }

    /// A view that is folded otherwise than when the backup was made: the store is there, and the exit code says it.
    @Test func aRootThatDiffersIsTold() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch, 200)
        let backup = scratch.path("backup")
        _ = try json("backup", backup, "--data", data)
        let roots = try #require(try json("roots", "--data", data)["views"] as? [String: Any])
        let users = try #require(roots["users"] as? String)
        let manifest = URL(fileURLWithPath: backup + "/manifest.json")
        var text = String(decoding: try Data(contentsOf: manifest), as: UTF8.self)
        text = String(text[..<(try #require(text.range(of: #","sha256":""#, options: .backwards)).lowerBound)])
        let other = String(repeating: "0", count: 64)
        text = text.replacingOccurrences(of: users, with: other)
        let digest = try Program.run("/usr/bin/env", ["sha256sum"], input: Data(text.utf8)).output.prefix(64)
        try Data((text + #","sha256":"\#(digest)"}"# + "\n").utf8).write(to: manifest)
        for arguments in [[], ["--json"]] {
            let target = scratch.path("restored\(arguments.count)")
            let outcome = try Program.run(
                try Program.path("annals"), ["restore", backup, "--data", target] + arguments)
            #expect(outcome.status == 1 && outcome.output.contains(users) && outcome.output.contains(other))
            #expect(outcome.output.contains("users"), "\(outcome.output)\(outcome.errors)")
            #expect(try json("roots", "--data", target)["log"] as? String != nil)
        }
    }

    @Test func whatCannotBeIsTold() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch, 200)
        let backup = scratch.path("backup")
        #expect(try Program.run("restore", backup, "--data", scratch.path("x")).status == 66)
        #expect(try Program.run("backup", backup, "--data", scratch.path("nothing")).status == 66)
        #expect(try Program.run("backup", backup, "--data", data).status == 0)
        #expect(try Program.run("restore", backup, "--data", data).status == 73)
        #expect(try Program.run("restore", backup, "--data", scratch.path("x"), "--to", "900").status == 66)
        #expect(try Program.run("restore", backup, "--data", scratch.path("x"), "--to", "yesterday").status == 64)
        #expect(try Program.run("restore", backup).status == 64)
        let people = try Program.run("restore", backup, "--check")
        #expect(people.status == 0 && people.output.hasPrefix("the backup is sound"), "\(people.output)")
        let manifest = URL(fileURLWithPath: backup + "/manifest.json")
        var bytes = try Data(contentsOf: manifest)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: manifest)
        let damaged = try Program.run("restore", backup, "--data", scratch.path("x"))
        #expect(damaged.status == 65 && damaged.errors.contains("manifest.json"), "\(damaged.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("x")))
    }

    /// Killed anywhere, a run leaves the backup that was there; the next one makes it whole.
    @Test func killedRunsLeaveTheOlderBackup() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch, 3_000)
        let backup = scratch.path("backup")
        let first = try json("backup", backup, "--data", data)
        let start = Date()
        _ = try json("backup", scratch.path("again"), "--data", data)
        let usual = Date().timeIntervalSince(start)
        try fill(data, 3_000, 10)
        let before = try #require(position(first))
        var killed = 0
        for round in 1...12 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try Program.path("annals"))
            process.arguments = ["backup", backup, "--data", data, "--json"]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            usleep(UInt32(usual * 1_000_000 * Double(round) / 10))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            if process.terminationReason == .uncaughtSignal { killed += 1 }
            let there = try position(json("restore", backup, "--check"))
            #expect(there ?? 0 >= before, "round \(round)")
        }
        #expect(killed > 3, "only \(killed) runs were killed")
        let last = try json("backup", backup, "--data", data)
        let checked = try json("restore", backup, "--check")
        #expect(checked["root"] as? String == last["root"] as? String && position(checked) == position(last))
        #expect(checked["root"] as? String == (try json("roots", "--data", data))["log"] as? String)
    }

    /// A server that is killed while it makes a backup.
    @Test func killedServersLeaveTheOlderBackup() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch, 3_000)
        let backup = scratch.path("backup")
        let before = try position(json("backup", backup, "--data", data))
        try fill(data, 3_000, 11)
        for delay: UInt32 in [5_000, 40_000, 120_000] {
            _ = try? Program.serving(data) { _, server in
                let command = Process()
                command.executableURL = URL(fileURLWithPath: try Program.path("annals"))
                command.arguments = ["backup", backup, "--data", data]
                command.standardOutput = FileHandle.nullDevice
                command.standardError = FileHandle.nullDevice
                try command.run()
                usleep(delay)
                kill(server.processIdentifier, SIGKILL)
                command.terminate()
                command.waitUntilExit()
            }
            let there = try #require(position(json("restore", backup, "--check")))
            #expect(there >= before ?? 0)
        }
        let last = try json("backup", backup, "--data", data)
        #expect(try position(json("restore", backup, "--check")) == position(last))
    }
}
