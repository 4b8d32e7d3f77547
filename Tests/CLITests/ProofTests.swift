import Foundation
import Testing

/// `replay checkpoint`, `prove`, `key`, `verify --against`, `verify-proof`, `roots`, as an auditor would.
@Suite struct ProofTests {
    private func store(_ scratch: TemporaryDirectory, _ numbers: ClosedRange<Int>) throws -> String {
        let lines = numbers.map { number in
            """
            {"specversion":"1.0","id":"\(number)","source":"/t","type":"user.registered","data":\
            {"_id":"00000000000000000000000\(number)","name":"Ada","email":"u\(number)@users.example",\
            "authMethod":"google"}}
            """
        }
        let data = scratch.path("data")
        let imported = try Program.run(
            "import", "-", "--data", data, "--json", input: Data(lines.joined(separator: "\n").utf8))
        #expect(try imported.objects.first?["accepted"] as? Int == numbers.count)
        return data
    }

    private func save(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Of two dates, of a server, of another store with the same log, and of one with another.
    @Test func rootsAreCompared() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch, 1...4)
        let kept = scratch.path("roots.json")
        let then = try Program.run("roots", "--data", data, "--json")
        try save(then.output, kept)
        #expect(try Program.run("roots", "--data", data, "--against", kept).output.hasPrefix("the same"))
        _ = try store(scratch, 5...7)
        #expect(try Program.run("roots", "--data", data, "--at", "4", "--json").output == then.output)
        #expect(try Program.run("roots", "--data", data, "--against", kept).status == 0)
        let now = try Program.run("roots", "--data", data, "--json")
        #expect(now.output != then.output)
        let verified = try #require(try Program.run("replay", "verify", "--data", data, "--json").objects.first)
        let views = try #require(now.objects.first?["views"] as? [String: String])
        #expect(views.count == 29 && verified["views"] as? [String: String] == views)
        let table = try Program.run("roots", "--data", data).output
        #expect(table.contains("position") && views.allSatisfy { table.contains($0.key) && table.contains($0.value) })

        _ = try Program.serving(data) { url in
            for place in [["--data", data], ["--url", url]] {
                let served = try Program.run(try Program.path("annals"), ["roots", "--json"] + place)
                #expect(served.output == now.output, "\(place): \(served.errors)")
            }
            let older = try Program.run("roots", "--url", url, "--against", kept)
            #expect(older.status == 75)
        }
        let other = TemporaryDirectory()
        let impostor = try store(other, 1...7)
        let told = try Program.run("roots", "--data", impostor, "--against", kept, "--json")
        #expect(try told.status == 1 && told.objects.first?["ok"] as? Bool == false)
        #expect(try (told.objects.first?["differing"] as? [String])?.first == "log")
        #expect(try Program.run("roots", "--data", data, "--at", "8").status == 66)
        try save("{}", kept)
        #expect(try Program.run("roots", "--data", data, "--against", kept).status == 65)
        #expect(try Program.run("roots", "--data", data, "--against", scratch.path("none")).status == 66)
        #expect(try Program.run("roots", "--at", "1", "--url", "http://localhost:1").status == 64)
    }

    @Test func anAuditorsDay() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch, 1...4)
        let (yesterday, today) = (scratch.path("yesterday.note"), scratch.path("today.note"))
        try save(try Program.run("replay", "checkpoint", "--data", data).output, yesterday)
        _ = try store(scratch, 5...7)
        let signed = try Program.run("replay", "checkpoint", "--data", data, "--json")
        let checkpoint = try #require(try signed.objects.first)
        #expect(checkpoint["position"] as? Int == 7)
        try save(try #require(checkpoint["note"] as? String), today)
        let key = try Program.run("replay", "key", "--data", data).output.trimmingCharacters(in: .newlines)
        #expect(checkpoint["key"] as? String == key)
        let roots = try #require(try Program.run("roots", "--data", data, "--json").objects.first)
        #expect(roots["position"] as? Int == 7 && roots["log"] as? String == checkpoint["root"] as? String)
        #expect((roots["views"] as? [String: String])?["users"]?.count == 64)

        // One event, checked where there is no store.
        let proof = scratch.path("proof.json")
        let text = try Program.run("replay", "prove", "--position", "3", "--data", data).output
        try save(text, proof)
        let held = try Program.run("verify-proof", proof, "--checkpoint", today, "--key", key, "--json")
        #expect(held.status == 0)
        let proven = try #require(try held.objects.first?["proven"] as? [String: Any])
        #expect(proven["position"] as? Int == 3 && proven["type"] as? String == "user.registered")
        #expect(try Program.run("verify-proof", proof, "--checkpoint", today).status == 0)
        // Of another tree, altered, or none.
        #expect(try Program.run("verify-proof", proof, "--checkpoint", yesterday).status == 1)
        try save(text.replacing("\"head\":\"oQ", with: "\"head\":\"oA"), proof)
        let altered = try Program.run("verify-proof", proof, "--checkpoint", today, "--json")
        #expect(try altered.status == 1 && altered.objects.first?["ok"] as? Bool == false)
        try save("{", proof)
        #expect(try Program.run("verify-proof", proof, "--checkpoint", today).status == 1)
        #expect(try Program.run("verify-proof", scratch.path("none"), "--checkpoint", today).status == 66)
        #expect(try Program.run("verify-proof", proof).status == 64)

        // The log of today holds that of yesterday.
        try save(try Program.run("replay", "prove", "--from", yesterday, "--data", data).output, proof)
        #expect(try Program.run("verify-proof", proof, "--checkpoint", yesterday, "--key", key).status == 0)
        #expect(try Program.run("verify-proof", proof, "--checkpoint", today, "--key", key).status == 1)
        let verified = try Program.run(
            "replay", "verify", "--data", data, "--against", yesterday, "--against", today, "--json")
        #expect(try verified.status == 0 && verified.objects.first?["checkpoints"] as? Int ?? 0 >= 3)

        // Another log with the same events is not this one.
        let other = TemporaryDirectory()
        let impostor = try store(other, 1...7)
        let told = try Program.run("replay", "verify", "--data", impostor, "--against", yesterday, "--key", key)
        #expect(told.status == 1 && told.output.contains("checkpoint note 4"))
    }
}
