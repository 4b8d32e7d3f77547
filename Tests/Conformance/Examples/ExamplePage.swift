import Foundation

/// The example documents of the specification's page, in its order.
struct ExamplePage {
    static let file = Seed.collections.deletingLastPathComponent()
        .appendingPathComponent("FRONTEND-BASED-DATABASE-SPECIFICATION.md")
    static let isThere = Seed.isThere && FileManager.default.fileExists(atPath: file.path)

    private(set) var examples: [(collection: String, example: Example)] = []

    /// The page does not give the names in the database; the collections' titles are matched to `names` in order.
    init(names: [String]) throws {
        let page = try String(contentsOf: Self.file, encoding: .utf8)
        let blocks = page.components(separatedBy: "\n**Documents Structure**:\n").dropFirst()
        guard blocks.count == names.count else {
            throw Seed.Unreadable(description: "\(blocks.count) examples for \(names.count) collections")
        }
        for (name, block) in zip(names, blocks) {
            guard let text = block.firstMatch(of: /```javascript\n([\s\S]*?)\n```/)?.1 else {
                throw Seed.Unreadable(description: "\(name): no example")
            }
            examples.append((name, try ExampleParser.parse(String(text), name)))
        }
    }
}
