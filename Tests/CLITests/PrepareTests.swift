import Foundation
import Testing

/// `annals rebuild --prepare`: views made beside a server, which serve when the program is started anew.
@Suite struct PrepareTests {
    @Test func besideAServer() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "3000", "--users", "60", "--seed", "9").output
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.utf8)).status == 0)
        let alone = try Program.run("rebuild", "--prepare", "--data", data)
        #expect(alone.status == 69 && alone.errors.contains("no server has"), "\(alone.errors)")

        _ = try Program.serving(data) { _ in
            let first = try Program.run("rebuild", "--prepare", "--data", data, "--json")
            let report = try #require(try first.objects.first, "\(first.errors)")
            #expect(first.status == 0)
            #expect((report["position"] as? Int ?? 0) >= 3_000 && (report["behind"] as? Int ?? .max) < 1_000)
            let again = try Program.run("rebuild", "--prepare", "--data", data)
            #expect(again.status == 0 && again.output.hasPrefix("prepared to position"), "\(again.errors)")
        }
        // Views of a program that made none serve: those that were prepared are taken.
        try FileManager.default.removeItem(atPath: data + "/views")
        let served = try Program.serving(data) { url in
            let ready = try curl(["\(url)/readyz"])
            #expect(ready.hasSuffix(" 200"))
        }
        #expect(served == 0)
        #expect(!FileManager.default.fileExists(atPath: data + "/next/views"))
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }

    @Test func whatItCannotTake() throws {
        for more in [["users"], ["--review"], ["--url", "http://127.0.0.1:1"]] {
            #expect(try Program.run(try Program.path("annals"), ["rebuild", "--prepare"] + more).status == 64)
        }
    }
}
