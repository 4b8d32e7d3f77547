import Foundation
import Projections
import Schema
import Testing

/// Every collection that is declared has scripts of its own, which tell what its documents are.
@Suite struct ScriptCoverageTests {
    @Test(arguments: allCollections.map { $0.name }) func everyCollectionHasScripts(_ collection: String) throws {
        let scripts = Script.all(collection)
        #expect(!scripts.isEmpty, "Scripts/\(collection) has no .script")
        let told = try scripts.filter { script in
            try String(contentsOf: script.file, encoding: .utf8).contains("\n\(collection) {")
        }
        #expect(!told.isEmpty, "no script in Scripts/\(collection) has a document of it below its line")
    }

    /// Where a folder is misspelt, or a test file is missing, its scripts are never run.
    @Test func everyFolderIsOfACollectionAndIsRun() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let folders = try FileManager.default.contentsOfDirectory(atPath: tests.path + "/Scripts")
        #expect(Set(folders) == Set(allCollections.map { $0.name }))
        let sources = try FileManager.default.contentsOfDirectory(atPath: tests.path).filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOfFile: tests.path + "/" + $0, encoding: .utf8) }
        for folder in folders {
            #expect(sources.contains { $0.contains("Script.all(\"\(folder)\")") }, "nothing runs Scripts/\(folder)")
        }
    }
}
