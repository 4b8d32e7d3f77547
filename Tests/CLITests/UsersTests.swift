import Foundation
import Testing

/// `annals users`: the secret comes from standard input, and goes nowhere.
@Suite struct UsersTests {
    private static let id = "000000000000000000000001"

    /// A store with one user who has all secrets; the token is good for a hundred years.
    private func filled(_ scratch: TemporaryDirectory) throws -> String {
        let data = scratch.path("data")
        let events = [
            (
                "user.registered",
                #"{"_id":"\#(Self.id)","email":"ada@users.example","name":"Ada","password":"canary horse"}"#
            ),
            ("user.twoFactorEnabled", #"{"userId":"\#(Self.id)","backupCodes":["canary-1","canary-2"]}"#),
            (
                "user.passwordResetRequested",
                #"{"userId":"\#(Self.id)","token":"canary-token","expiresAt":"2124-01-01T00:00:00Z"}"#
            ),
        ].enumerated().map { number, event in
            #"{"specversion":"1.0","id":"\#(number)","source":"/t","type":"\#(event.0)","data":\#(event.1)}"#
        }
        let input = Data(events.joined(separator: "\n").utf8)
        let imported = try Program.run("import", "-", "--data", data, "--json", input: input)
        #expect(try imported.objects.first?["accepted"] as? Int == 3, "\(imported.output)\(imported.errors)")
        return data
    }

    @Test func exitCodesTellWhatFits() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        func check(_ arguments: [String], _ input: String) throws -> Program.Outcome {
            try Program.run(
                try Program.path("annals"), ["users", "check", "--data", data, "--json"] + arguments,
                input: Data(input.utf8))
        }
        let cases: [(arguments: [String], input: String, status: Int32)] = [
            (["--id", Self.id], "canary horse\n", 0), (["--email", "ADA@users.example"], "canary horse", 0),
            (["--id", Self.id], "wrong canary\n", 1), (["--email", "nobody@users.example"], "canary horse\n", 1),
            (["--id", Self.id, "--backup-code"], "canary-2\n", 0),
            (["--id", Self.id, "--backup-code"], "canary horse\n", 1),
        ]
        for (arguments, input, status) in cases {
            let outcome = try check(arguments, input)
            #expect(outcome.status == status, "\(arguments)")
            #expect(outcome.output == "{\"fits\":\(status == 0)}\n" && outcome.errors.isEmpty, "\(outcome.errors)")
        }
        for (arguments, input) in [
            ([], "x"), (["--id", Self.id, "--email", "a@b.example"], "x"), (["--id", "x"], "x"),
            (["--id", Self.id], ""),
            // Not from the arguments.
            (["--id", Self.id, "canary horse"], "x"), (["--id", Self.id, "--password", "canary horse"], "x"),
        ] {
            #expect(try check(arguments, input).status == 64, "\(arguments)")
        }
        let people = try Program.run(
            "users", "check", "--id", Self.id, "--data", data, input: Data("canary horse".utf8))
        #expect(people.status == 0 && people.output == "it fits\n")
    }

    @Test func tokensAreFound() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        func find(_ token: String) throws -> Program.Outcome {
            try Program.run("users", "find-reset-token", "--data", data, "--json", input: Data(token.utf8))
        }
        let found = try find("canary-token\n")
        #expect(found.status == 0 && found.output == "{\"userId\":\"\(Self.id)\"}\n")
        let missing = try find("canary-tokem\n")
        #expect(missing.status == 1 && missing.output == "{\"userId\":null}\n")
    }

    @Test func secretsLeaveByNoCommand() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        for arguments in [
            ["query", "users"], ["query", "users", "--project", #"{"password":1,"security":1}"#],
            ["aggregate", "users", #"[{"$group":{"_id":null,"all":{"$first":"$$ROOT"}}}]"#], ["events"],
            ["query", "users", "--explain"],
        ] {
            for more in [[], ["--json"]] {
                let outcome = try Program.run(try Program.path("annals"), arguments + ["--data", data] + more)
                #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
                let said = outcome.output + outcome.errors
                #expect(!said.contains("canary") && !said.contains("$scrypt"), "\(arguments)")
            }
        }
        for arguments in [
            ["query", "users", #"{"password":"canary"}"#], ["query", "users", "--sort", #"{"password":1}"#],
            ["aggregate", "users", #"[{"$group":{"_id":"$security.resetPasswordToken"}}]"#],
        ] {
            let outcome = try Program.run(try Program.path("annals"), arguments + ["--data", data])
            #expect(outcome.status == 64 && !outcome.errors.contains("canary"), "\(arguments)")
        }
    }

    @Test func servedWithAKeyAndWithout() throws {
        let scratch = TemporaryDirectory()
        let data = try filled(scratch)
        let key = String(repeating: "k1", count: 32)
        let file = scratch.path("key")
        try "\(key)\n".write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        func ask(_ url: String, _ key: String) throws -> String {
            try Program.run(
                "/usr/bin/env",
                [
                    "curl", "-s", "-w", " %{http_code}", "-H", "authorization: Bearer \(key)", "-d",
                    #"{"email":"ada@users.example","password":"canary horse"}"#, "\(url)/v1/users/check",
                ]
            ).output
        }
        let status = try Program.serving(data, ["--check-key-file", file]) { url in
            let answer = try ask(url, key)
            #expect(answer == "{\"fits\":true}\n 200")
            #expect(try ask(url, "wrong").hasSuffix(" 401"))
        }
        #expect(status == 0)
        _ = try Program.serving(data) { url in
            let off = try ask(url, key)
            #expect(off.hasSuffix(" 404") && off.contains("--check-key-file"))
        }
        // A key that others may read, or that is short, or not there.
        let serve = ["serve", "--data", data, "--http", "127.0.0.1:0", "--check-key-file"]
        #expect(try Program.run(try Program.path("annals"), serve + [scratch.path("none")]).status == 66)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        #expect(try Program.run(try Program.path("annals"), serve + [file]).status == 64)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        try "short".write(toFile: file, atomically: false, encoding: .utf8)
        let short = try Program.run(try Program.path("annals"), serve + [file])
        #expect(short.status == 64 && !short.errors.contains(" short"))
    }
}
