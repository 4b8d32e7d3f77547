import Foundation
import Testing

/// What looks back, asks of secrets and keeps refused events aside works on a directory, through the socket of the server
/// that has it open, and by a URL: the same bytes, the same exit codes.
@Suite struct BothWaysTests {
    private static let user = "000000000000000000000001"
    private static let checkKey = "canary-key-0123456789abcdef0123456789"

    private func event(_ number: Int, _ type: String, _ data: String) -> String {
        #"{"specversion":"1.0","id":"\#(number)","source":"/t","type":"\#(type)","time":"2026-01-0\#(number)T00:00:00Z","actor":"clerk","data":\#(data)}"#
    }

    private func store(_ scratch: TemporaryDirectory) throws -> String {
        let lines = [
            event(
                1, "user.registered",
                #"{"_id":"\#(Self.user)","email":"ada@users.example","name":"Ada","authMethod":"password","password":"canary horse"}"#
            ),
            event(2, "user.profileChanged", #"{"userId":"\#(Self.user)","set":{"name":"Grace"}}"#),
            event(3, "points.earned", #"{"userId":"\#(Self.user)","points":30,"reason":"a visit"}"#),
            event(4, "points.earned", #"{"userId":"\#(Self.user)","points":12,"reason":"another"}"#),
            event(5, "user.profileChanged", #"{"userId":"\#(Self.user)","set":{"name":"Hedy"}}"#),
            event(
                6, "user.passwordResetRequested",
                #"{"userId":"\#(Self.user)","token":"canary-token","expiresAt":"2124-01-01T00:00:00Z"}"#),
        ]
        let data = scratch.path("data")
        let imported = try Program.run(
            "import", "-", "--data", data, "--json", input: Data(lines.joined(separator: "\n").utf8))
        #expect(try imported.objects.first?["accepted"] as? Int == lines.count, "\(imported.output) \(imported.errors)")
        return data
    }

    private func answer(_ arguments: [String], input: String = "") throws -> Program.Outcome {
        try Program.run(
            "/usr/bin/env", ["ANNALS_CHECK_KEY=\(Self.checkKey)", try Program.path("annals")] + arguments,
            input: Data(input.utf8))
    }

    /// The commands on the directory alone, then beside a server, both ways.
    private func compare(_ data: String, _ questions: [(arguments: [String], input: String, status: Int32)]) throws {
        let alone = try questions.map { try answer($0.arguments + ["--data", data], input: $0.input) }
        for (question, outcome) in zip(questions, alone) {
            #expect(outcome.status == question.status, "\(question.arguments): \(outcome.errors)")
            #expect(question.status != 0 || !outcome.output.isEmpty, "\(question.arguments)")
            #expect(!outcome.output.contains("canary") && !outcome.output.contains("scrypt"))
        }
        let key = URL(fileURLWithPath: data).deletingLastPathComponent().appendingPathComponent("check-key").path
        try Self.checkKey.write(toFile: key, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        let status = try Program.serving(data, ["--check-key-file", key]) { url in
            for (question, expected) in zip(questions, alone) {
                for place in [["--data", data], ["--url", url]] {
                    let served = try answer(question.arguments + place, input: question.input)
                    let what = "\(question.arguments) \(place): \(served.errors)"
                    #expect(served.output == expected.output, "\(what)")
                    #expect(served.status == expected.status, "\(what)")
                }
            }
        }
        #expect(status == 0)
    }

    @Test func lookingBackIsTheSame() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let places = ["users/" + Self.user, "users/ada@users.example"]
        var questions: [(arguments: [String], input: String, status: Int32)] = []
        for form in [[], ["--json"]] {
            for place in places {
                questions += [
                    (["replay", "history", place] + form, "", 0), (["replay", "blame", place] + form, "", 0),
                    (["replay", "why", place, "name"] + form, "", 0),
                    (["replay", "why", place, "surely.not"] + form, "", 66),
                    (["replay", "diff", "1", "5", place] + form, "", 0),
                ]
            }
            questions += [
                (["replay", "diff", "1", "5"] + form, "", 0),
                (["replay", "diff", "1", "5", "--collection", "users"] + form, "", 0),
                (["replay", "diff", "1", "99", places[0]] + form, "", 66),
                (["replay", "diff", "5", "5", places[0]] + form, "", 0),
                (["replay", "history", "users/nobody"] + form, "", 66),
                (["replay", "history", "users/" + String(repeating: "9", count: 24)] + form, "", 66),
                (["replay", "history", "nothing/1"] + form, "", 64), (["replay", "blame", "users"] + form, "", 64),
            ]
        }
        try compare(data, questions)
    }

    @Test func longHistoriesAreTheSame() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let more = (10..<1_150).map { number in
            #"{"specversion":"1.0","id":"more-\#(number)","source":"/t","type":"user.profileChanged","data":{"userId":"\#(Self.user)","set":{"name":"N\#(number)"}}}"#
        }
        let input = Data(more.joined(separator: "\n").utf8)
        #expect(try Program.run("import", "-", "--data", data, input: input).status == 0)
        let place = "users/" + Self.user
        try compare(
            data,
            [
                (["replay", "history", place, "--json"], "", 0), (["replay", "why", place, "name", "--json"], "", 0),
                (["replay", "blame", place, "--json"], "", 0),
            ])
        let versions = try answer(["replay", "history", place, "--json", "--data", data]).output.split(separator: "\n")
        #expect(versions.count > 1_140)
    }

    @Test func questionsOfSecretsAreTheSame() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        var questions: [(arguments: [String], input: String, status: Int32)] = []
        for form in [[], ["--json"]] {
            questions += [
                (["users", "check", "--id", Self.user] + form, "canary horse\n", 0),
                (["users", "check", "--email", "ADA@users.example"] + form, "canary horse\n", 0),
                (["users", "check", "--email", "nobody@users.example"] + form, "canary horse\n", 1),
                (["users", "check", "--id", Self.user] + form, "wrong canary\n", 1),
                (["users", "find-reset-token"] + form, "canary-token\n", 0),
                (["users", "find-reset-token"] + form, "other canary\n", 1),
            ]
        }
        try compare(data, questions)
        // Beside a server that has no check key, or with another one.
        _ = try Program.serving(data) { url in
            let off = try answer(["users", "check", "--id", Self.user, "--data", data], input: "canary horse\n")
            #expect(off.status == 64 && off.errors.contains("check key") && off.output.isEmpty)
        }
        _ = try Program.serving(data, ["--check-key-file", scratch.path("check-key")]) { _ in
            let other = try Program.run(
                "users", "check", "--id", Self.user, "--data", data, input: Data("canary horse\n".utf8))
            #expect(other.status == 77 && other.output.isEmpty, "\(other.errors)")
        }
    }

    @Test func parkedEventsAreTheSame() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let later = "00000000000000000000000b"
        let json = ["-X", "POST", "-H", "content-type: application/json"]
        _ = try Program.serving(data) { url in
            for number in 7...9 {
                let login = event(number, "user.loggedIn", #"{"userId":"\#(later)"}"#)
                #expect(try curl(json + ["-d", login, "\(url)/v1/events?onRefusal=park"]).hasSuffix(" 202"))
            }
            let listed = try answer(["parked", "list", "--json", "--data", data])
            #expect(try listed.objects.count == 3)
            #expect(try answer(["parked", "list", "--url", url]).output.contains("user.loggedIn"))
            let ids = try listed.objects.compactMap { $0["id"] as? String }
            #expect(try answer(["parked", "discard", ids[0], "--data", data]).status == 0)
            #expect(try answer(["parked", "discard", ids[0], "--url", url]).status == 66)
            let refused = try answer(["parked", "retry", "--all", "--data", data])
            #expect(refused.status == 65 && refused.errors.contains(ids[1]) && refused.output.isEmpty)
        }
        try compare(data, [(["parked", "list", "--json"], "", 0), (["parked", "list"], "", 0)])
        _ = try Program.serving(data) { url in
            let registered = event(
                9, "user.registered", #"{"_id":"\#(later)","email":"b@users.example","name":"B","authMethod":"google"}"#
            )
            .replacingOccurrences(of: #""id":"9""#, with: #""id":"b""#)
            #expect(try curl(json + ["-d", registered, "\(url)/v1/events"]).hasSuffix(" 201"))
            let retried = try answer(["parked", "retry", "--all", "--json", "--url", url])
            #expect(try retried.status == 0 && retried.objects.count == 2)
            #expect(try answer(["parked", "list", "--data", data]).output.isEmpty)
            #expect(try answer(["parked", "retry", "--data", data]).status == 64)
        }
    }
}
