import Foundation
import Glibc
import Testing

/// `replay verify` beside a server that has the directory open, or ended in the midst: what it says, and that the server lives.
@Suite struct VerifyBesideServerTests {
    private func events(_ count: Int, seed: Int) throws -> Data {
        Data(
            try Program.run("generate", "--events", "\(count)", "--users", "60", "--seed", "\(seed)").output.utf8)
    }

    private func filled(_ scratch: TemporaryDirectory, _ count: Int = 3_000) throws -> String {
        let data = scratch.path("data")
        #expect(try Program.run("import", "-", "--data", data, input: try events(count, seed: 8)).status == 0)
        return data
    }

    private func verify(_ data: String, _ more: [String] = []) throws -> (status: Int32, verdict: [String: Any]) {
        let outcome = try Program.run(
            try Program.path("annals"), ["replay", "verify", "--data", data, "--json"] + more)
        return (outcome.status, try #require(try outcome.objects.first, "\(outcome.status) \(outcome.errors)"))
    }

    private func hold(_ url: String) throws -> String { try post("\(url)/v1/holds", #"{"of":"log"}"#) }

    private func post(_ url: String, _ body: String) throws -> String {
        try curl(["-H", "content-type: application/json", "-d", body, url])
    }

    /// One after the other while events come in, erasures among them: each is of a later position, and finds nothing.
    @Test func whileEventsComeIn() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        try events(6_000, seed: 9).write(to: URL(fileURLWithPath: scratch.path("more")))
        let ended = try Program.serving(data) { url in
            let importing = Process()
            importing.executableURL = URL(fileURLWithPath: try Program.path("annals"))
            importing.arguments = ["import", scratch.path("more"), "--url", url]
            importing.standardOutput = FileHandle.nullDevice
            importing.standardError = FileHandle.nullDevice
            // On a busy machine all may have come in before the first verdict, or each may find somebody erased.
            var positions = [try #require(try verify(data).verdict["position"] as? Int)]
            try importing.run()
            var beside = 0
            repeat {
                if importing.isRunning { beside += 1 }
                let outcome = try Program.run("replay", "verify", "--data", data, "--json")
                // Somebody was erased meanwhile, or the server had no time for it: it says so, and gives no verdict.
                if outcome.status == 75 {
                    #expect(
                        outcome.errors.contains("erased") || outcome.errors.contains("did not hold"),
                        "\(outcome.errors)")
                    continue
                }
                let verdict = try #require(try outcome.objects.first, "\(outcome.errors)")
                #expect(outcome.status == 0 && verdict["ok"] as? Bool == true, "\(outcome.output.prefix(2_000))")
                #expect(verdict["viewsPosition"] as? Int == verdict["position"] as? Int)
                positions.append(try #require(verdict["position"] as? Int))
            } while importing.isRunning
            importing.waitUntilExit()
            #expect(importing.terminationStatus == 0 && beside > 0)
            positions.append(try #require(try verify(data).verdict["position"] as? Int))
            #expect(positions == positions.sorted() && Set(positions).count > 1, "\(positions)")
            #expect(positions.last ?? 0 > 8_000)
            // Nothing is held any more, and nothing lies about.
            for _ in 0..<8 { #expect(try hold(url).hasSuffix("201")) }
            #expect(try hold(url).hasSuffix("503"))
            let names = try FileManager.default.contentsOfDirectory(atPath: data)
            #expect(!names.contains { $0.hasPrefix("verify") }, "\(names)")
        }
        #expect(ended == 0)
        #expect(try verify(data).status == 0)
    }

    /// The server's own views and log are read: what somebody changed under it is told, and it goes on.
    @Test func whatIsChangedUnderAServerIsTold() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        let first = try #require(
            try Program.run("events", "--after", "0", "--data", data, "--json").objects.first?["id"] as? String)
        let ended = try Program.serving(data) { url in
            #expect(try verify(data).status == 0)
            try overwrite(first, in: data + "/log/data.mdb")
            let (status, verdict) = try verify(data)
            let found = try #require(verdict["differences"] as? [[String: Any]])
            #expect(status == 1 && found.first?["kind"] as? String == "log" && found.first?["key"] as? String == "1")
            #expect(try curl(["\(url)/livez"]).hasSuffix("200"))
            #expect(try post("\(url)/v1/collections/users/find", "{}").contains("documents"))
        }
        #expect(ended == 0)
    }

    private func overwrite(_ text: String, in path: String) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let bytes = try #require(try file.read(upToCount: 64 << 20))
        var start = bytes.startIndex
        var count = 0
        while let range = bytes.range(of: Data(text.utf8), in: start..<bytes.endIndex) {
            try file.seek(toOffset: UInt64(range.lowerBound - bytes.startIndex))
            try file.write(contentsOf: Data("X".utf8))
            start = range.upperBound
            count += 1
        }
        #expect(count > 0)
    }

    /// A file that is cut off ends the process that reads it, and not the one that tells.
    @Test(arguments: ["log", "views"]) func aPageThatIsGone(which: String) throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch, 2_000)
        #expect(truncate(data + "/\(which)/data.mdb", 64 << 10) == 0)
        let (status, verdict) = try verify(data)
        #expect(status == 1 && verdict["ok"] as? Bool == false && verdict["crash"] as? String == "SIGBUS", "\(verdict)")
        #expect((verdict["reason"] as? String)?.contains("damaged") == true)
        let told = try Program.run("replay", "verify", "--data", data)
        #expect(told.status == 1 && told.output.contains("the store is damaged"))
        // What it had folded went with it.
        let names = try FileManager.default.contentsOfDirectory(atPath: data)
        #expect(!names.contains { $0.hasPrefix("verify") }, "\(names)")
    }

    /// The process that reads ends with the one that waits for it.
    @Test func whoIsNotWaitedForEnds() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch, 5_000)
        let killed = Process()
        killed.executableURL = URL(fileURLWithPath: try Program.path("annals"))
        let place = scratch.path("place")
        killed.arguments = ["replay", "verify", "--data", data, "--resume", place]
        killed.standardOutput = FileHandle.nullDevice
        killed.standardError = FileHandle.nullDevice
        try killed.run()
        let reader = try #require(child(of: killed.processIdentifier))
        for _ in 0..<3_000 where !FileManager.default.fileExists(atPath: place) { usleep(10_000) }
        // While nothing moves, it cannot be done before its parent is gone.
        kill(reader, SIGSTOP)
        kill(killed.processIdentifier, SIGKILL)
        while isRunning(killed.processIdentifier) { usleep(10_000) }
        kill(reader, SIGCONT)
        for _ in 0..<3_000 where isRunning(reader) { usleep(10_000) }
        #expect(!isRunning(reader))
        // It came to no verdict: with one, its place would be gone.
        #expect(FileManager.default.fileExists(atPath: place))
        // What it leaves goes with the next run.
        #expect(try verify(data).status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: data)
        #expect(!names.contains { $0.hasPrefix("verify") }, "\(names)")
    }

    /// Its first one, once there is one.
    private func child(of parent: pid_t) -> pid_t? {
        for _ in 0..<3_000 {
            let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
            if let first = text?.split(separator: " ").first { return pid_t(first) }
            usleep(10_000)
        }
        return nil
    }

    /// Nobody waits for an orphan here: what is dead may still be in the table.
    private func isRunning(_ process: pid_t) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    /// Killed once it has verified the log; the next run goes on from there, and the file is gone then.
    @Test(arguments: [false, true]) func aKilledRunIsGoneOnWith(isServed: Bool) throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch, 5_000)
        let place = scratch.path("place")
        func killAndGoOn() throws {
            let killed = Process()
            killed.executableURL = URL(fileURLWithPath: try Program.path("annals"))
            killed.arguments = ["replay", "verify", "--data", data, "--resume", place, "--in-this-process"]
            killed.standardOutput = FileHandle.nullDevice
            killed.standardError = FileHandle.nullDevice
            try killed.run()
            for _ in 0..<3_000 where !FileManager.default.fileExists(atPath: place) { usleep(10_000) }
            kill(killed.processIdentifier, SIGKILL)
            killed.waitUntilExit()
            #expect(killed.terminationReason == .uncaughtSignal, "it was done before it could be killed")
            let (status, verdict) = try verify(data, ["--resume", place])
            // Where it was when its place was written first depends on the machine.
            let resumed = verdict["resumedAt"] as? Int ?? 0
            #expect(status == 0 && (1...4_096).contains(resumed) && resumed.isMultiple(of: 256), "\(verdict)")
            #expect(!FileManager.default.fileExists(atPath: place))
            #expect(try verify(data, ["--resume", place]).verdict["resumedAt"] as? Int == 0)
        }
        if isServed {
            #expect(try Program.serving(data) { _ in try killAndGoOn() } == 0)
        } else {
            try killAndGoOn()
        }
    }
}
