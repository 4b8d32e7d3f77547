import Foundation
import Testing

/// `replay verify` over bytes that somebody changed on disk: what it says, how it ends, and that it mends nothing.
@Suite struct VerifyTests {
    /// A store of three users, and where in a file of it a text lies.
    private func store(_ scratch: TemporaryDirectory) throws -> String {
        let lines = (1...3).map { number in
            """
            {"specversion":"1.0","id":"\(number)","source":"/t","type":"user.registered","data":\
            {"_id":"00000000000000000000000\(number)","name":"Ada","email":"u\(number)@users.example",\
            "authMethod":"google","profile":{"website":"https://site-\(number).example"}}}
            """
        }
        let data = scratch.path("data")
        let imported = try Program.run(
            "import", "-", "--data", data, "--json", input: Data(lines.joined(separator: "\n").utf8))
        #expect(try imported.objects.first?["accepted"] as? Int == 3)
        return data
    }

    /// Writes other bytes over a text wherever it lies; the file is sparse and far longer than what it holds.
    private func overwrite(_ text: String, with other: String, in path: String) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var bytes = try #require(try file.read(upToCount: 4 << 20))
        var count = 0
        while let range = bytes.range(of: Data(text.utf8)) {
            try file.seek(toOffset: UInt64(range.lowerBound - bytes.startIndex))
            try file.write(contentsOf: Data(other.utf8))
            bytes.replaceSubrange(range, with: Data(other.utf8))
            count += 1
        }
        #expect(count > 0, "\(text) is not in \(path)")
    }

    private func verify(_ data: String) throws -> (status: Int32, verdict: [String: Any], found: [[String: Any]]) {
        let outcome = try Program.run("replay", "verify", "--data", data, "--json")
        let verdict = try #require(try outcome.objects.first, "\(outcome.errors)")
        return (outcome.status, verdict, try #require(verdict["differences"] as? [[String: Any]]))
    }

    @Test func aChangedDocumentIsTold() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        #expect(try verify(data).status == 0)
        try overwrite("https://site-2.example", with: "https://evil-2.example", in: data + "/views/data.mdb")
        // Twice: the first look has not mended it.
        for _ in 1...2 {
            let (status, verdict, found) = try verify(data)
            #expect(status == 1 && verdict["ok"] as? Bool == false)
            let document = try #require(found.first { $0["kind"] as? String == "document" })
            #expect(document["collection"] as? String == "users" && document["field"] as? String == "profile.website")
            #expect((document["key"] as? String)?.contains("000000000000000000000002") == true)
            #expect((document["live"] as? String)?.contains("evil") == true)
        }
        let told = try Program.run("replay", "verify", "--data", data)
        #expect(told.status == 1 && told.output.contains("differ") && told.output.contains("users document"))
    }

    /// Also of a record that opening looks at, which then refuses: the verdict is the same.
    @Test func aChangedRecordIsTold() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        // What stands in clear: personal data is sealed.
        let subject = "users/00000000000000000000000"
        try overwrite(subject + "3", with: subject + "9", in: data + "/log/data.mdb")
        let (status, verdict, found) = try verify(data)
        #expect(status == 1 && verdict["ok"] as? Bool == false)
        #expect(found.map { $0["kind"] as? String } == ["log"] && found.first?["key"] as? String == "3")
        #expect(try Program.run("query", "users", "--data", data).status == 74)
    }

    /// Also one that opening does not look at: it is told where it lies, and the old view serves on.
    @Test func aRebuildStopsAtAChangedRecord() throws {
        let scratch = TemporaryDirectory()
        let data = scratch.path("data")
        let made = try Program.run("generate", "--events", "1500", "--users", "20", "--seed", "3")
        #expect(try Program.run("import", "-", "--data", data, input: Data(made.output.utf8)).status == 0)
        let before = try Program.run("query", "agents", "--data", data, "--json").output
        let first = try #require(
            try Program.run("events", "--after", "0", "--data", data, "--json").objects.first?["id"] as? String)
        try overwrite(first, with: "X" + first.dropFirst(), in: data + "/log/data.mdb")
        let rebuilt = try Program.run("rebuild", "agents", "--data", data)
        #expect(rebuilt.status == 74 && rebuilt.errors.contains("position 1 is damaged"), "\(rebuilt.errors)")
        #expect(try Program.run("query", "agents", "--data", data, "--json").output == before)
    }

    @Test func viewsWithoutAMarkerAreTold() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        try FileManager.default.removeItem(atPath: data + "/views.state")
        let (status, verdict, found) = try verify(data)
        #expect(status == 1 && verdict["ok"] as? Bool == false && verdict["position"] as? Int == 3)
        #expect(found.map { $0["kind"] as? String } == ["checkpoint"])
        // Opening for use makes them anew.
        #expect(try Program.run("query", "users", "--data", data, "--json").objects.count == 3)
        #expect(try verify(data).status == 0)
    }
}
