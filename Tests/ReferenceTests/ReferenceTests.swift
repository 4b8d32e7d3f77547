import Foundation
import Projections
import Reference
import Schema
import Testing

/// The pages under Projections/ say what the code says.
///
///     ANNALS_RECORD=1 Tools/test --filter ReferenceTests    writes them anew
@Suite struct ReferenceTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Projections")

    @Test func pagesAreUpToDate() throws {
        let reference = Reference(try Catalogue(allCollections))
        for (name, page) in reference.pages {
            let file = Self.folder.appendingPathComponent(name)
            let written = try? String(contentsOf: file, encoding: .utf8)
            if ProcessInfo.processInfo.environment["ANNALS_RECORD"] == "1", written != page {
                try page.write(to: file, atomically: true, encoding: .utf8)
            }
            let isUpToDate = written == page
            #expect(isUpToDate, "Projections/\(name) is out of date: record it anew (ANNALS_RECORD=1)")
        }
    }
}
