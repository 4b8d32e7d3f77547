import Foundation
import Testing

/// `replay history`, `why`, `blame`, `diff`, as an auditor would.
@Suite struct HistoryCommandTests {
    private static let user = "000000000000000000000001"

    private func store(_ scratch: TemporaryDirectory) throws -> String {
        func event(_ number: Int, _ type: String, _ data: String) -> String {
            #"{"specversion":"1.0","id":"\#(number)","source":"/t","type":"\#(type)","time":"2026-01-0\#(number)T00:00:00Z","actor":"clerk","data":\#(data)}"#
        }
        let lines = [
            event(
                1, "user.registered",
                #"{"_id":"\#(Self.user)","email":"ada@users.example","name":"Ada","authMethod":"password","password":"correct horse"}"#
            ),
            event(2, "user.profileChanged", #"{"userId":"\#(Self.user)","set":{"name":"Grace"}}"#),
            event(3, "points.earned", #"{"userId":"\#(Self.user)","points":30,"reason":"a visit"}"#),
            event(4, "points.earned", #"{"userId":"\#(Self.user)","points":12,"reason":"another"}"#),
            event(5, "user.profileChanged", #"{"userId":"\#(Self.user)","set":{"name":"Hedy"}}"#),
        ]
        let data = scratch.path("data")
        let imported = try Program.run(
            "import", "-", "--data", data, "--json", input: Data(lines.joined(separator: "\n").utf8))
        #expect(try imported.objects.first?["accepted"] as? Int == lines.count, "\(imported.output) \(imported.errors)")
        return data
    }

    @Test func whatWasAndWhy() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let place = "users/" + Self.user

        let history = try Program.run("replay", "history", place, "--data", data, "--json")
        let versions = try history.objects
        #expect(history.status == 0 && versions.first?["type"] as? String == "user.registered")
        #expect(versions.allSatisfy { $0["actor"] as? String == "clerk" })
        #expect(!history.output.contains("scrypt") && !history.output.contains("horse"))
        let renamed = try #require(versions.first { $0["position"] as? Int == 2 })
        let changes = try #require(renamed["changes"] as? [[String: Any]])
        let name = try #require(changes.first { $0["field"] as? String == "name" })
        #expect(name["before"] as? String == "Ada" && name["after"] as? String == "Grace")
        let shown = try Program.run("replay", "history", "users/ada@users.example", "--data", data)
        #expect(shown.status == 0 && shown.output.contains("user.profileChanged") && shown.output.contains("Grace"))

        let why = try #require(try Program.run("replay", "why", place, "name", "--data", data, "--json").objects.first)
        #expect(why["value"] as? String == "Hedy")
        let contributions = try #require(why["contributions"] as? [[String: Any]])
        #expect(contributions.map { $0["after"] as? String } == ["Ada", "Grace", "Hedy"])
        #expect(contributions.map { $0["position"] as? Int } == [1, 2, 5])

        let blame = try Program.run("replay", "blame", place, "--data", data, "--json").objects
        #expect(blame.first { $0["field"] as? String == "name" }?["position"] as? Int == 5)
        #expect(blame.first { $0["field"] as? String == "email" }?["position"] as? Int == 1)

        let diff = try #require(
            try Program.run("replay", "diff", "1", "2", place, "--data", data, "--json").objects.first)
        let fields = try #require(diff["changes"] as? [[String: Any]])
        #expect(fields.contains { $0["field"] as? String == "name" && $0["after"] as? String == "Grace" })
        #expect(try Program.run("replay", "diff", "5", "5", place, "--data", data).output.contains("the same"))

        #expect(try Program.run("replay", "diff", "1", "99", place, "--data", data).status == 66)
        #expect(try Program.run("replay", "history", "users/nobody", "--data", data).status == 66)
        #expect(try Program.run("replay", "history", "nothing/1", "--data", data).status != 0)
        #expect(try Program.run("replay", "why", place, "surely.not", "--data", data).status == 66)
    }

    /// A number: each event with what it added, the sum of which is the value.
    @Test func aSumIsTheSumOfWhatAddedToIt() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let rewards = try Program.run("query", "userrewards", "--data", data, "--json").objects
        let found = try #require(rewards.first?["_id"] as? [String: Any])
        let id = try #require(found["$oid"] as? String)
        let blame = try Program.run("replay", "blame", "userrewards/" + id, "--data", data, "--json").objects
        let sums = blame.filter { ($0["value"] as? Double) == 42 }.compactMap { $0["field"] as? String }
        let field = try #require(sums.first, "\(blame)")
        let why = try #require(
            try Program.run("replay", "why", "userrewards/" + id, field, "--data", data, "--json").objects.first)
        let parts = try #require(why["contributions"] as? [[String: Any]])
        #expect(parts.compactMap { $0["difference"] as? Double }.reduce(0, +) == 42)
        #expect(parts.suffix(2).compactMap { $0["difference"] as? Double } == [30, 12])
        let told = try Program.run("replay", "why", "userrewards/" + id, field, "--data", data)
        #expect(told.output.contains("+30") && told.output.contains("+12") && told.output.contains("is 42"))
    }
}
