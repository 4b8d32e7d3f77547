import BSON
import Foundation
import Testing

/// A served store and the clients people have: curl, and the program itself.
@Suite struct ServingTests {
    @Test func curlAppendsAndReads() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        let status = try Program.serving(data) { url in
            let event =
                #"{"specversion":"1.0","id":"1","source":"/t","type":"user.registered","data":{"_id":"000000000000000000000001","email":"ada@users.example","name":"Ada","authMethod":"google"}}"#
            let created = try curl(["-d", event, "-H", "content-type: application/json", "\(url)/v1/events"])
            #expect(created.hasSuffix(" 201"), "\(created)")
            let read = try curl(["\(url)/v1/collections/users/000000000000000000000001"])
            #expect(read.contains(#""email":"ada@users.example""#) && read.hasSuffix(" 200"))
            // One process owns a directory; who asks goes through it.
            #expect(try Program.run("import", "-", "--data", data).status == 75)
            #expect(try Program.run("query", "users", "--data", data, "--json").objects.count == 1)
        }
        #expect(status == 0)
        // What was answered is there after the stop.
        #expect(try Program.run("query", "users", "--data", data, "--json").objects.count == 1)
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }

    @Test func importingThroughAServerIsTheSame() throws {
        let scratch = TemporaryDirectory()
        let made = try Program.run("generate", "--events", "6000", "--seed", "3", "--with-errors", "0.01")
        let input = Data(made.output.utf8)
        let local = try Program.run("import", "-", "--data", scratch.path("local"), "--json", input: input)
        var remote: [String: Any]?
        _ = try Program.serving(scratch.path("served")) { url in
            let outcome = try Program.run("import", "-", "--url", url, "--json", input: input)
            #expect(outcome.status == 0, "\(outcome.errors)")
            remote = try outcome.objects.first
        }
        let expected = try #require(try local.objects.first)
        #expect(remote?["accepted"] as? Int == expected["accepted"] as? Int)
        #expect(remote?["reasons"] as? [String: Int] == expected["reasons"] as? [String: Int])
        // Ids that the store made itself differ; counters do not.
        let pipeline =
            #"[{"$group":{"_id":"$subscription.plan","n":{"$sum":"$stats.totalTokens"}}},{"$sort":{"_id":1}}]"#
        let sums = try ["local", "served"].map {
            try Program.run("aggregate", "users", pipeline, "--data", scratch.path($0), "--json").output
        }
        #expect(sums[0] == sums[1] && !sums[0].isEmpty)
    }

    /// A conflict, a version, a line without a type, one that is no JSON, a refusal: each is called the same.
    @Test func reasonsAreTheSameThroughAServer() throws {
        let scratch = TemporaryDirectory()
        func user(_ id: String, _ name: String, _ more: String = "") -> String {
            #"{"specversion":"1.0","id":"\#(id)","source":"/t","type":"user.registered",\#(more)"#
                + #""data":{"email":"\#(name)@users.example","name":"N","authMethod":"google"}}"#
        }
        let lines = [
            user("1", "ada"), user("1", "eve"), user("2", "bob", #""expectedversion":3,"#),
            #"{"specversion":"1.0","id":"3","source":"/t","data":{}}"#, "{no", user("4", "ada"), user("1", "ada"),
        ]
        let input = Data(lines.joined(separator: "\n").utf8)
        let local = try Program.run("import", "-", "--data", scratch.path("local"), "--json", input: input)
        let expected = try #require(try local.objects.first?["reasons"] as? [String: Int], "\(local.errors)")
        #expect(expected["user.registered: conflict"] == 1 && expected["user.registered: version"] == 1)
        #expect(expected["event: required"] == 1 && expected["line: syntax"] == 1, "\(expected)")
        #expect(expected["user.registered: unique"] == 1 && expected.count == 5)
        _ = try Program.serving(scratch.path("served")) { url in
            let remote = try Program.run("import", "-", "--url", url, "--json", input: input)
            #expect(try remote.objects.first?["reasons"] as? [String: Int] == expected, "\(remote.errors)")
        }
    }

    @Test func aRemoteImportStopsAtTheFirstRefusal() throws {
        let scratch = TemporaryDirectory()
        let made = try Program.run("generate", "--events", "2500", "--users", "30", "--seed", "4").output
        var lines = made.split(separator: "\n").map(String.init)
        lines.insert(#"{"specversion":"1.0","id":"bad","source":"/t","type":"user.registered","data":{}}"#, at: 1_700)
        let input = Data(lines.joined(separator: "\n").utf8)
        _ = try Program.serving(scratch.path("data")) { url in
            let stopped = try Program.run("import", "-", "--url", url, "--on-error", "stop", "--json", input: input)
            #expect(stopped.status == 65, "\(stopped.errors)")
            let report = try #require(try stopped.objects.first)
            #expect(report["accepted"] as? Int == 1_700)
            #expect(report["reasons"] as? [String: Int] == ["user.registered: required": 1])
            // Without it, all of the rest goes in, and what was there is there.
            lines.remove(at: 1_700)
            let whole = Data(lines.joined(separator: "\n").utf8)
            let rest = try Program.run("import", "-", "--url", url, "--on-error", "stop", "--json", input: whole)
            #expect(rest.status == 0, "\(rest.errors)")
            let second = try #require(try rest.objects.first)
            #expect(second["duplicate"] as? Int == 1_700 && second["accepted"] as? Int == 800)
        }
    }

    /// Told to stop with a stream in flight, the server answers what it has read and ends; every answer holds.
    @Test func stoppingInTheMidstOfAStreamLosesNoAnswer() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "60000", "--users", "200", "--seed", "6").output
        try made.write(toFile: scratch.path("events"), atomically: true, encoding: .utf8)
        let client = Process()
        let start = Date()
        let status = try Program.serving(data) { url in
            client.executableURL = URL(fileURLWithPath: "/bin/sh")
            // The pipe stays open: this stream has no end of its own.
            client.arguments = [
                "-c",
                "(cat '\(scratch.path("events"))'; sleep 60) | curl -sN --max-time 90 -T - -X POST "
                    + "-H 'content-type: application/x-ndjson' '\(url)/v1/events?history=true' > '\(scratch.path("answers"))'",
            ]
            try client.run()
            for _ in 0..<600 {
                usleep(20_000)
                if let answers = try? scratch.text("answers"), answers.utf8.count > 100_000 { break }
            }
        }
        #expect(status == 0)
        // Long before the grace that requests are given is over.
        #expect(Date().timeIntervalSince(start) < 25)
        client.terminate()
        let ids = try made.split(separator: "\n").map { line -> String in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return event?["id"] as? String ?? ""
        }
        var log: [Int: String] = [:]
        for event in try Program.run("events", "--data", data, "--json").objects {
            if let position = event["position"] as? Int { log[position] = event["id"] as? String }
        }
        var answered = 0
        for line in try scratch.text("answers").split(separator: "\n") {
            guard let answer = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let position = answer["position"] as? Int, let place = answer["line"] as? Int
            else { continue }
            #expect(log[position] == ids[place])
            answered += 1
        }
        #expect(answered > 500 && answered < ids.count, "\(answered)")
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }

    /// A log that lost its end is not served, unless an operator says so.
    @Test func aRollbackIsServedOnlyWhenAccepted() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "400", "--users", "20").output
        let lines = made.split(separator: "\n")
        let half = Data(lines[..<200].joined(separator: "\n").utf8)
        #expect(try Program.run("import", "-", "--data", data, input: half).status == 0)
        try FileManager.default.copyItem(atPath: data + "/log", toPath: scratch.path("before"))
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.utf8)).status == 0)
        try FileManager.default.removeItem(atPath: data + "/log")
        try FileManager.default.moveItem(atPath: scratch.path("before"), toPath: data + "/log")
        let refused = try Program.run("serve", "--data", data, "--http", "127.0.0.1:0")
        #expect(refused.status == 74 && refused.errors.contains("--accept-rollback"), "\(refused.errors)")
        let status = try Program.serving(data, ["--accept-rollback"]) { url in
            let ready = try curl(["\(url)/readyz"])
            #expect(ready.hasSuffix(" 200"))
        }
        #expect(status == 0)
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }

    /// The first query that the demo names: authors who were erased since do not come first.
    private func whatIsSuggestedLooksAlive(_ data: String) throws {
        let posts = try Program.run(
            "query", "communityposts", #"{"status":"published"}"#, "--sort", #"{"publishedAt":-1}"#, "--limit", "3",
            "--data", data, "--json"
        ).objects
        #expect(posts.count == 3)
        for post in posts {
            let title = post["title"] as? String ?? ""
            #expect(!title.isEmpty && title != "[erased]", "\(post)")
        }
    }

    @Test func theDemoFillsAnEmptyStoreOnce() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        var positions: [Int] = []
        for _ in 0..<2 {
            let status = try Program.serving(data, ["--demo"]) { url in
                try whatIsSuggestedLooksAlive(data)
                let ready = try curl(["\(url)/readyz"])
                positions.append(Int(ready.split(separator: ":").last?.prefix { $0.isNumber } ?? "") ?? 0)
            }
            #expect(status == 0)
        }
        // What fell due in its history came beside the 20,000; little more falls due while the test looks on.
        #expect(positions[0] > 20_000 && positions[0] < 22_000, "\(positions)")
        #expect(positions[1] - positions[0] < 100, "\(positions)")
        let last = try Program.run(
            "events", "--data", data, "--json", "--after", "\(positions[0] - 200)", "--limit", "150")
        let times = try last.output.split(separator: "\n").map { line in
            try JSON.parse(Array(line.utf8), extended: true)["time"]
        }
        #expect(times.count == 150)
        // Its history ends with the day of the test.
        for case .string(let time)? in times {
            let moment = try #require(DateTime(rfc3339: time), "\(time)")
            let age = Date().timeIntervalSince1970 - Double(moment.milliseconds) / 1_000
            #expect(age > -60 && age < 7 * 86_400, "\(time)")
        }
    }
}
