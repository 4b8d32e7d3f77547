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
