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
            // One process owns a directory.
            #expect(try Program.run("query", "users", "--data", data).status == 75)
        }
        #expect(status == 0)
        // What was answered is there after the stop.
        #expect(try Program.run("query", "users", "--data", data, "--json").objects.count == 1)
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }

    @Test func importingThroughAServerIsTheSame() throws {
        let scratch = TemporaryDirectory()
        let made = try Program.run("generate", "--events", "6000", "--seed", "3", "--errors", "0.01")
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

    @Test func theDemoFillsAnEmptyStoreOnce() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        var positions: [Int] = []
        for _ in 0..<2 {
            let status = try Program.serving(data, ["--demo"]) { url in
                let ready = try curl(["\(url)/readyz"])
                positions.append(Int(ready.split(separator: ":").last?.prefix { $0.isNumber } ?? "") ?? 0)
            }
            #expect(status == 0)
        }
        // What fell due in its history came beside the 20,000; little more falls due while the test looks on.
        #expect(positions[0] > 20_000 && positions[0] < 22_000, "\(positions)")
        #expect(positions[1] - positions[0] < 100, "\(positions)")
    }

    /// The answer's body and, after a space, its status.
    private func curl(_ arguments: [String]) throws -> String {
        try Program.run("/usr/bin/env", ["curl", "-s", "-w", " %{http_code}"] + arguments).output
    }
}
