import Annals
import Foundation
import Projections
import Testing

/// The README's example runs, and is the one in the README.
@Suite struct ReadmeTests {
    // Begin of the example
    func example(_ directory: String) async throws {
        let store = try Store(directory: directory, collections: allCollections)

        let receipt = try await store.append(
            NewEvent(
                id: "sign-up-1", source: "/website", type: "user.registered",
                data: ["email": "ada@example.org", "name": "Ada", "authMethod": "google"]))

        // The view holds it by now.
        if let id = receipt.documentID, let user = try store.document("users", id: id) {
            print(user["email"] as Any, user["stats.totalMessages"] as Any)
        }

        let posts = try store.collection("communityposts")
        let published = try Find(posts, filter: ["status": "published"], sort: ["stats.likes": -1], limit: 10)
        try store.read { snapshot in
            try published.run(snapshot) { post in
                print(JSON.string(post, style: .relaxed))
                return true
            }
        }
        try store.close()
    }
    // End of the example

    @Test func theExampleRuns() async throws {
        let directory = TestDirectory()
        try await example(directory.path)
        let store = try StreamFixture.store(directory.path)
        #expect(store.position == 1)
        try store.close()
    }

    @Test func theExampleIsTheReadmes() throws {
        let here = try String(contentsOfFile: #filePath, encoding: .utf8)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let code = try #require(readme.components(separatedBy: "```swift\n").last?.components(separatedBy: "```").first)
        let begin = try #require(here.range(of: "    // Begin of the example\n"))
        let end = try #require(here.range(of: "    // End of the example\n"))
        let example = here[begin.upperBound..<end.lowerBound]
        // Everything but the imports, which stand at the top of this file too; layout apart.
        for line in code.split(separator: "\n") where !line.hasPrefix("import") {
            let line = line.trimmingCharacters(in: .whitespaces)
            #expect(example.contains(line), "the README says \(line)")
        }
        #expect(code.contains("import Annals\nimport Projections\n"))
    }
}
