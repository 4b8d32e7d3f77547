import Foundation
import Testing

/// `--as-of`, `replay diff` of collections and `replay what-if`: on a directory, and on the server that has it open.
@Suite struct AsOfCommandTests {
    private static let user = "000000000000000000000001"

    private func store(_ scratch: TemporaryDirectory) throws -> String {
        func event(_ number: Int, _ type: String, _ data: String) -> String {
            #"{"specversion":"1.0","id":"\#(number)","source":"/t","type":"\#(type)","time":"2026-01-0\#(number)T00:00:00Z","data":\#(data)}"#
        }
        let lines = [
            event(
                1, "user.registered",
                #"{"_id":"\#(Self.user)","email":"ada@users.example","name":"Ada","authMethod":"google"}"#),
            event(2, "user.profileChanged", #"{"userId":"\#(Self.user)","set":{"name":"Grace"}}"#),
            event(3, "points.earned", #"{"userId":"\#(Self.user)","points":30,"reason":"a visit"}"#),
            event(4, "points.earned", #"{"userId":"\#(Self.user)","points":12,"reason":"another"}"#),
        ]
        let data = scratch.path("data")
        let imported = try Program.run(
            "import", "-", "--data", data, "--json", input: Data(lines.joined(separator: "\n").utf8))
        #expect(try imported.objects.first?["accepted"] as? Int == lines.count, "\(imported.output) \(imported.errors)")
        return data
    }

    private func answer(_ arguments: [String]) throws -> Program.Outcome {
        try Program.run(try Program.path("annals"), arguments)
    }

    private static let questions: [[String]] = [
        ["query", "users", "--as-of", "1", "--project", #"{"name":1}"#],
        ["query", "users", "--as-of", "2026-01-02T12:00:00Z", "--by", "event-time", "--project", #"{"name":1}"#],
        ["query", "userrewards", "--as-of", "3"],
        [
            "aggregate", "users",
            #"[{"$lookup":{"from":"userrewards","localField":"_id","foreignField":"userId","as":"r"}},{"$project":{"name":1,"r.userId":1}}]"#,
            "--as-of", "3",
        ],
        ["replay", "diff", "1", "4"],
        ["replay", "diff", "1", "2", "--collection", "users"],
        ["replay", "diff", "1", "2", "users/" + user],
        ["replay", "what-if", "--without", "3"],
        [
            "replay", "what-if", "--replace", "4",
            #"{"data":{"userId":{"$oid":"000000000000000000000001"},"points":2,"reason":"less"}}"#,
        ],
    ]

    @Test func aDirectoryAndAServerAnswerAlike() throws {
        let scratch = TemporaryDirectory()
        let data = try store(scratch)
        let forms = Self.questions.flatMap { [$0, $0 + ["--json"]] }
        let alone = try forms.map { try answer($0 + ["--data", data]) }
        for (form, outcome) in zip(forms, alone) {
            #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(form): \(outcome.errors)")
        }
        func name(_ outcome: Program.Outcome) throws -> String? { try outcome.objects.first?["name"] as? String }
        #expect(try name(alone[1]) == "Ada")
        #expect(try name(alone[3]) == "Grace")
        #expect(alone[0].errors.contains("as of position 1"))
        let diff = try #require(try alone[11].objects.first)
        let collections = try #require(diff["collections"] as? [[String: Any]])
        #expect(collections.count == 1 && collections[0]["changed"] as? Int == 1)
        #expect(alone[10].output.contains("Grace"))
        let whatIf = try #require(try alone[15].objects.first)
        let told = try #require(whatIf["collections"] as? [[String: Any]])
        let rewards = try #require(told.first { $0["collection"] as? String == "userrewards" })
        #expect(rewards["changed"] as? Int == 1)
        #expect(alone[14].output.contains("guards were not asked again"))
        let status = try Program.serving(data) { url in
            for (form, expected) in zip(forms, alone) {
                for place in [["--data", data], ["--url", url]] {
                    let served = try answer(form + place)
                    #expect(served.status == 0, "\(form): \(served.errors)")
                    #expect(served.output == expected.output, "\(form) \(place)")
                }
            }
            #expect(try answer(["query", "users", "--as-of", "99", "--data", data]).status == 66)
        }
        #expect(status == 0)
        // Nothing is left of it.
        #expect(!FileManager.default.fileExists(atPath: data + "/as-of"))
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        let scratch = TemporaryDirectory()
        let data = ["--data", try store(scratch)]
        #expect(try answer(["query", "users", "--as-of", "99"] + data).status == 66)
        #expect(try answer(["query", "users", "--as-of", "monday"] + data).status == 64)
        #expect(try answer(["query", "users", "--by", "event-time"] + data).status == 64)
        #expect(try answer(["replay", "what-if"] + data).status == 64)
        #expect(try answer(["replay", "what-if", "--without", "9"] + data).status == 66)
        #expect(try answer(["replay", "what-if", "--replace", "3"] + data).status == 64)
        #expect(try answer(["replay", "what-if", "--replace", "3", #"{"data":{"points":"x"}}"#] + data).status == 65)
        #expect(try answer(["replay", "diff", "1", "2", "--collection", "nothing"] + data).status == 64)
    }
}
