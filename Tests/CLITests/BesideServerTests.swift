import Foundation
import Testing

/// Questions of the program to a server: by its URL with a key, or through the directory that it has open. They are
/// answered as the directory alone answers them.
@Suite struct BesideServerTests {
    private static let questions: [[String]] = [
        ["query", "users", #"{"stats.totalMessages":{"$gte":1}}"#, "--sort", #"{"_id":1}"#],
        ["query", "users", "--sort", #"{"email":-1}"#, "--skip", "3", "--limit", "7", "--project", #"{"email":1}"#],
        ["query", "chatmessages", "--limit", "1200", "--sort", #"{"_id":-1}"#],
        ["aggregate", "users", #"[{"$group":{"_id":"$authMethod","n":{"$sum":1}}},{"$sort":{"_id":1}}]"#],
        ["collections"], ["collections", "users", "chatsessions"],
        ["events", "--limit", "1500"], ["events", "--after", "2900"],
        ["events", "--type", "user.*", "--type", "message.sent", "--limit", "40"],
    ]

    private func filled(_ scratch: TemporaryDirectory) throws -> String {
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "3000", "--users", "60", "--seed", "8").output
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.utf8)).status == 0)
        return data
    }

    /// With the timers fired that were due: a server does that by itself, and the log must be the same before and after.
    private func settled(_ scratch: TemporaryDirectory) throws -> String {
        let data = try filled(scratch)
        _ = try Program.serving(data) { url in
            var (last, same) = ("", 0)
            for _ in 0..<200 where same < 20 {
                let ready = try curl(["\(url)/readyz"]).components(separatedBy: #""position":"#).last ?? ""
                same = ready == last ? same + 1 : 0
                last = ready
                usleep(100_000)
            }
            #expect(same == 20, "events still come: \(last)")
        }
        return data
    }

    private func answer(_ arguments: [String]) throws -> Program.Outcome {
        try Program.run(try Program.path("annals"), arguments)
    }

    /// What a run took is of each run.
    private func comparable(_ text: String) -> String {
        text.replacing(#/"executionTimeMillis":[0-9]+/#, with: "").replacing(#/milliseconds +[0-9]+/#, with: "")
    }

    @Test func answersAreTheSame() throws {
        let scratch = TemporaryDirectory()
        let data = try settled(scratch)
        let all = Self.questions + [["explain", "users", #"{"email":"a@b.c"}"#]]
        let forms = all.flatMap { [$0, $0 + ["--json"]] }
        let alone = try forms.map { try answer($0 + ["--data", data]) }
        for (form, outcome) in zip(forms, alone) {
            #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(form): \(outcome.errors)")
        }
        #expect(alone[4].output.split(separator: "\n").count > 1000)
        let status = try Program.serving(data) { url in
            for (form, expected) in zip(forms, alone) {
                for place in [["--data", data], ["--url", url]] {
                    let served = try answer(form + place)
                    #expect(served.status == 0, "\(form): \(served.errors)")
                    #expect(comparable(served.output) == comparable(expected.output), "\(form) \(place)")
                }
            }
            // What would change the store, or reads it apart from the server, still needs it alone.
            #expect(try answer(["replay", "prove", "--position", "1", "--data", data]).status == 75)
            // The server folds a view anew beside the one that serves.
            let rebuilt = try answer([
                "rebuild", "users", "communitylikes", "--require-equal", "--data", data, "--json",
            ])
            #expect(rebuilt.status == 0, "\(rebuilt.errors)")
            #expect(rebuilt.output.split(separator: "\"state\":\"serves\"").count == 3, "\(rebuilt.output)")
            #expect(try answer(["rebuild", "communitylikes", "--rollback", "--data", data]).status == 0)
            #expect(try answer(["query", "nonsense", "--data", data]).status == 64)
            #expect(try answer(["query", "users", #"{"a":{"$nonsense":1}}"#, "--data", data]).status == 64)
            #expect(try answer(["events", "--type", "nonsense", "--data", data]).status == 64)
        }
        #expect(status == 0)
        #expect(try !FileManager.default.contentsOfDirectory(atPath: data + "/door").contains("http"))
        // A socket that a killed server left changes nothing.
        #expect(FileManager.default.createFile(atPath: data + "/door/http", contents: nil))
        #expect(try answer(["collections", "--data", data]).status == 0)
        let again = try Program.serving(data) { _ in
            let asked = try answer(["collections", "--data", data])
            #expect(asked.status == 0)
        }
        #expect(again == 0)
    }

    @Test func theDoorIsTheOwnersAlone() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        _ = try Program.serving(data) { url in
            let attributes = try FileManager.default.attributesOfItem(atPath: data + "/door")
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            let made = try Program.run("keys", "create", "web", "--scope", "read:users", "--data", data, "--json")
            let key = try #require(try made.objects.first?["key"] as? String)
            usleep(1_200_000)
            // Who may use the directory needs no key; who comes over the network does.
            #expect(try answer(["query", "users", "--limit", "1", "--data", data]).status == 0)
            #expect(try answer(["query", "users", "--limit", "1", "--url", url]).status == 77)
            try key.write(toFile: scratch.path("key"), atomically: true, encoding: .utf8)
            let keyed = ["--url", url, "--key-file", scratch.path("key")]
            #expect(try answer(["query", "users", "--limit", "1"] + keyed).status == 0)
            #expect(try answer(["events"] + keyed).status == 77)
        }
    }

    /// A follower has each event once and in order, though the server was away meanwhile; Ctrl-C ends it cleanly.
    @Test func followingGoesOnAfterARestart() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        #expect(try answer(["events", "--follow", "--data", data]).status == 69)
        let follower = Process()
        follower.executableURL = URL(fileURLWithPath: try Program.path("annals"))
        follower.arguments = ["events", "--follow", "--after", "2990", "--type", "user.*", "--json", "--data", data]
        follower.standardOutput = try scratch.file("followed")
        func user(_ number: Int) -> String {
            """
            {"specversion":"1.0","id":"f\(number)","source":"/f","type":"user.registered",\
            "data":{"name":"F","email":"f\(number)@users.example","authMethod":"google"}}
            """
        }
        func waitFor(_ id: String) throws -> Bool {
            for _ in 0..<400 {
                if try scratch.text("followed").contains("\"id\":\"\(id)\"") { return true }
                usleep(50_000)
            }
            return false
        }
        for round in 0..<2 {
            _ = try Program.serving(data) { url in
                if round == 0 { try follower.run() }
                for number in (round * 3)..<(round * 3 + 3) {
                    let lines = Data(user(number).utf8)
                    #expect(try Program.run("import", "-", "--url", url, input: lines).status == 0)
                }
                #expect(try waitFor("f\(round * 3 + 2)"), "nothing came in round \(round)")
            }
        }
        follower.interrupt()
        follower.waitUntilExit()
        #expect(follower.terminationStatus == 0 && follower.terminationReason == .exit)
        let positions = try scratch.text("followed").split(separator: "\n").map { line in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return event?["position"] as? Int ?? 0
        }
        let expected = try answer(["events", "--after", "2990", "--type", "user.*", "--json", "--data", data]).objects
            .map { $0["position"] as? Int ?? 0 }
        #expect(positions == expected && positions.count >= 6)
    }

    @Test func plansForPeople() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        let find = try answer([
            "explain", "chatmessages", #"{"sessionId":"s"}"#, "--sort", #"{"createdAt":-1}"#, "--limit", "20", "--data",
            data,
        ])
        #expect(find.status == 0, "\(find.errors)")
        let steps = find.output.split(separator: "\n").map(String.init)
        #expect(steps.first?.hasPrefix("step") == true)
        let scan = try #require(steps.firstIndex { $0.contains("IXSCAN") })
        let limit = try #require(steps.firstIndex { $0.contains("LIMIT") })
        #expect(scan < limit && steps[scan].contains("sessionId_1_createdAt_1") && steps[scan].contains("backward"))
        #expect(find.output.contains("keys examined"))
        let pipeline = try answer([
            "explain", "chatmessages", #"[{"$match":{"tokens":{"$gt":3}}},{"$group":{"_id":"$role","n":{"$sum":1}}}]"#,
            "--data", data,
        ])
        #expect(pipeline.status == 0 && pipeline.output.contains("$group"), "\(pipeline.output)\(pipeline.errors)")
        #expect(try answer(["explain", "users", "[]", "--limit", "1", "--data", data]).status == 64)
    }
}
