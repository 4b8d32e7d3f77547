import Foundation

/// The documents that the product is measured by: they stand beside the package, and need not be there.
enum Seed {
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let collections = file("spec/collections.json")
    static let events = file("design/events.md")
    static let isThere = [collections, events].allSatisfy { FileManager.default.fileExists(atPath: $0.path) }

    /// Why the tests that need it are left out.
    static let missing = "no shared/spec/collections.json and shared/design/events.md beside the package"

    private static func file(_ path: String) -> URL {
        package.deletingLastPathComponent().appendingPathComponent("shared").appendingPathComponent(path)
    }

    /// What the specification says and the test does not understand: it must be taught, not pass over it.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }
}
