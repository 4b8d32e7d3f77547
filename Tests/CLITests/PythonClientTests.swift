import Foundation
import Testing

/// The environment with the Python clients, made on first use below `.build`.
enum PythonClients {
    static let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Clients")
        .standardizedFileURL.path
    static let tools = sources + "/../../Tools"
    private static let directory = sources + "/../../.build/python-clients"

    /// Its path; nil where Python has no environments or the package index cannot be reached.
    static let prepared: Result<String?, any Error> = Result {
        let outcome = try Program.run("/bin/bash", [sources + "/prepare", directory])
        if outcome.status == 69 {
            print("python clients: \(outcome.errors)")
            return nil
        }
        struct NotPrepared: Error { let errors: String }
        guard outcome.status == 0 else { throw NotPrepared(errors: outcome.errors) }
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What could not be prepared for another reason is a failure of the tests, not a reason to leave them out.
    static var isThere: Bool { if case .success(nil) = prepared { false } else { true } }

    /// A script of Tools, with this build's program.
    static func script(_ name: String, _ arguments: [String], seconds: Int) throws -> Program.Outcome {
        try run(
            "python", ["\(tools)/\(name)"] + arguments, seconds: seconds,
            environment: ["ANNALS_PROGRAM=\(try Program.path("annals"))", "PYTHONDONTWRITEBYTECODE=1"])
    }

    static func run(_ program: String, _ arguments: [String], seconds: Int, environment: [String] = []) throws
        -> Program.Outcome
    {
        let directory = try prepared.get() ?? ""
        return try Program.run(
            "/usr/bin/env",
            ["-C", NSTemporaryDirectory()] + environment + ["timeout", "\(seconds)", "\(directory)/bin/\(program)"]
                + arguments)
    }
}

/// A served store and clients that others wrote, in Python.
@Suite(
    .serialized,
    .enabled(if: PythonClients.isThere, "needs Python with venv, and the packages of Tests/Clients/requirements.txt"))
struct PythonClientTests {
    private static let options = [
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
            + "response_schema_conformance",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "30", "--max-time", "80", "--request-timeout", "10",
        "--generation-database", "none", "--continue-on-failure", "--no-color",
    ]

    @Test func theCloudEventsSDKSendsAndReads() throws {
        let scratch = TemporaryDirectory()
        let status = try Program.serving(scratch.path("data")) { url in
            let outcome = try PythonClients.run(
                "python", [PythonClients.sources + "/cloudevents_client.py", url], seconds: 60)
            #expect(outcome.status == 0 && outcome.output == "{\"events\": 4}\n", "\(outcome.output)\(outcome.errors)")
        }
        #expect(status == 0)
    }

    /// The description is one by OpenAPI 3.1's own schema.
    @Test func theDescriptionIsValid() throws {
        let scratch = TemporaryDirectory()
        let status = try Program.serving(scratch.path("data")) { url in
            let file = scratch.path("openapi.json")
            _ = try Program.run("/usr/bin/curl", ["-s", "-o", file, "\(url)/openapi.json"])
            let outcome = try PythonClients.run("openapi-spec-validator", ["--schema", "3.1", file], seconds: 60)
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        }
        #expect(status == 0)
    }

    /// Whatever is sent, the door answers as `/openapi.json` says: no 5xx, no status, media type, header or body that is
    /// not described. `ANNALS_SEED` runs one seed again. With keys, and
    /// a key for questions about secrets, it does too.
    @Test(arguments: [false, true]) func theDescriptionHolds(hasKeys: Bool) throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "2000", "--users", "40", "--seed", "9").output
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.utf8)).status == 0)
        let seed = ProcessInfo.processInfo.environment["ANNALS_SEED"] ?? "1"
        var (options, headers): ([String], [String]) = ([], [])
        if hasKeys {
            let file = scratch.path("check.key")
            FileManager.default.createFile(
                atPath: file, contents: Data(String(repeating: "k", count: 40).utf8),
                attributes: [.posixPermissions: 0o600])
            options = ["--check-key-file", file]
            let key = try Program.run("keys", "create", "tester", "--scope", "admin", "--data", data, "--json")
            headers = ["--header", "Authorization: Bearer \(try #require(key.objects.first?["key"] as? String))"]
        }
        let status = try Program.serving(data, options) { url in
            let outcome = try PythonClients.run(
                "st",
                ["--config-file", PythonClients.sources + "/schemathesis.toml", "run", "\(url)/openapi.json"]
                    + ["--seed", seed] + headers + Self.options, seconds: 170)
            print(
                "schemathesis, seed \(seed): \(outcome.output.split(separator: "\n").suffix(12).joined(separator: "\n"))"
            )
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
            // It has asked, and a store that all this was sent to goes on.
            #expect(try curl(["\(url)/readyz"]).hasSuffix(" 200"))
        }
        #expect(status == 0)
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }
}
