import Foundation
import Testing

/// What `annals serve` runs with: flags, environment, file, and where each value is from.
@Suite struct SettingsTests {
    private struct Shown {
        let status: Int32
        let values: [String: [String: Any]]
        let text: String
        let errors: String

        func value(_ name: String) -> String? { values[name]?["value"] as? String }
        func source(_ name: String) -> String? { values[name]?["source"] as? String }
    }

    private func show(_ environment: [String] = [], _ arguments: [String] = [], json: Bool = true) throws -> Shown {
        let program = [try Program.path("annals"), "serve", "--print-config"] + (json ? ["--json"] : [])
        let outcome = try Program.run("/usr/bin/env", environment + program + arguments)
        let object = json ? try outcome.objects.first : [:]
        return Shown(
            status: outcome.status, values: object as? [String: [String: Any]] ?? [:], text: outcome.output,
            errors: outcome.errors)
    }

    @Test func flagsWinOverTheEnvironmentAndThatOverTheFile() throws {
        let scratch = TemporaryDirectory()
        let file = scratch.path("annals.json")
        try
            #"{"http":"127.0.0.1:1","data":"a","log-format":"json","demo":true,"issuer":"https://a.example","body-seconds":"7","read-seconds":2.5,"caller-rate":120}"#
            .write(toFile: file, atomically: true, encoding: .utf8)
        let nothing = try show()
        #expect(nothing.status == 0 && nothing.value("http") == "127.0.0.1:8080" && nothing.source("http") == "default")
        #expect(nothing.value("tls-key") == nil && nothing.source("tls-key") == nil)
        #expect(try show([], ["--http", "[::1]:3"]).value("http") == "[::1]:3")
        let all = try show(
            [
                "ANNALS_HTTP=127.0.0.1:2", "ANNALS_DATA=b", "ANNALS_LOG_LEVEL=info", "ANNALS_ISSUER=",
                "ANNALS_IDLE_SECONDS=8",
            ],
            ["--config", file, "--http", "127.0.0.1:3", "--tls-key", "k", "--most-connections", "9"])
        let expected: [String: (String, String)] = [
            "http": ("127.0.0.1:3", "flag"), "tls-key": ("k", "flag"), "data": ("b", "environment"),
            "log-level": ("info", "environment"), "log-format": ("json", file), "demo": ("true", file),
            "issuer": ("https://a.example", file), "force-filesystem": ("false", "default"),
            "most-connections": ("9", "flag"), "idle-seconds": ("8", "environment"), "body-seconds": ("7", file),
            "read-seconds": ("2.5", file), "caller-rate": ("120", file),
        ]
        for (name, (value, source)) in expected {
            #expect(all.value(name) == value && all.source(name) == source, "\(name): \(all.values[name] ?? [:])")
        }
        let text = try show([], ["--config", file], json: false).text.split(separator: "\n")
        #expect(text.count == all.values.count)
        #expect(text.contains { $0.hasPrefix("data ") && $0.hasSuffix("  a  (\(file))") }, "\(text)")
    }

    @Test func secretsAreNotPrinted() throws {
        let secret = String(repeating: "ab", count: 32)
        for json in [true, false] {
            let shown = try show(["ANNALS_CHECK_KEY=\(secret)", "ANNALS_MASTER_KEY=\(secret)"], json: json)
            #expect(shown.status == 0 && !shown.text.contains(secret) && shown.text.contains("hidden"))
            #expect(!json || shown.source("check-key") == "environment")
        }
        #expect(try show().value("check-key") == nil)
    }

    @Test func whatIsWrongIsNamed() throws {
        let scratch = TemporaryDirectory()
        let file = scratch.path("annals.json")
        let cases: [(String, String)] = [
            (#"{"htpp":"127.0.0.1:1","tls":"x"}"#, "htpp, tls"), (#"{"check-key":"x"}"#, "ANNALS_CHECK_KEY"),
            (#"{"accept-rollback":true}"#, "accept-rollback"), (#"{"http":8080}"#, "http must be text"),
            (#"{"demo":"yes"}"#, "demo must be true or false"),
            (#"{"idle-seconds":true}"#, "idle-seconds must be a number"),
            (#"{"idle-seconds":0}"#, "idle-seconds cannot be 0"), (#"{"most-connections":1.5}"#, "most-connections"),
            ("[1]", file), ("{", file),
        ]
        for (text, reason) in cases {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let shown = try show([], ["--config", file])
            #expect(shown.status == 78 && shown.errors.contains(reason), "\(text): \(shown.status) \(shown.errors)")
        }
        #expect(try show([], ["--config", scratch.path("nothing")]).status == 66)
        let wrong = try show(["ANNALS_DEMO=perhaps"])
        #expect(wrong.status == 78 && wrong.errors.contains("ANNALS_DEMO"))
        // What would not be served with is shown, and told as serving would tell it.
        let refused: [([String], [String], Int32)] = [
            ([], ["--idle-seconds", "0"], 64), (["ANNALS_READ_SECONDS=0"], [], 78), (["ANNALS_HTTP=nowhere"], [], 78),
            ([], ["--tls-key", "k"], 64), ([], ["--issuer", "https://a.example"], 64),
            ([], ["--check-key-file", scratch.path("nothing")], 66), (["ANNALS_CHECK_KEY=short"], [], 64),
            (["ANNALS_LOG_LEVEL=loud"], [], 78), ([], ["--body-seconds", "0"], 64),
        ]
        for (environment, arguments, status) in refused {
            let shown = try show(environment, arguments)
            #expect(shown.status == status && !shown.values.isEmpty, "\(environment) \(arguments): \(shown.errors)")
        }
        let serve = [try Program.path("annals"), "serve", "--data", scratch.path("data")]
        let port = try Program.run("/usr/bin/env", ["ANNALS_HTTP=nowhere"] + serve)
        #expect(port.status == 78 && port.errors.contains("nowhere"), "\(port.errors)")
        #expect(try Program.run("/usr/bin/env", serve + ["--log-level", "loud"]).status == 64)
    }

    @Test func theServerRunsWithThem() throws {
        let scratch = TemporaryDirectory()
        let (file, key) = (scratch.path("annals.json"), scratch.path("check.key"))
        FileManager.default.createFile(
            atPath: key, contents: Data(String(repeating: "k", count: 40).utf8), attributes: [.posixPermissions: 0o600])
        try #"{"http":"nowhere","check-key-file":"\#(key)"}"#.write(toFile: file, atomically: true, encoding: .utf8)
        let status = try Program.serving(scratch.path("data"), ["--config", file]) { url in
            let asked = try curl(["-d", #"{"email":"a@users.example","password":"x"}"#, "\(url)/v1/users/check"])
            #expect(asked.hasSuffix(" 401"), "\(asked)")
        }
        #expect(status == 0)
    }
}
