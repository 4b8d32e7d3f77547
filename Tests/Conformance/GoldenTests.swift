import Foundation
import Projections
import Testing

/// Nothing that the collections declare changes unseen: `collections.golden` shows it, line by line.
///
///     ANNALS_RECORD=1 Tools/test --filter ConformanceTests    writes it anew, and fails where it was another
@Suite struct GoldenTests {
    static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("collections.golden")

    @Test func declarationsAreAsRecorded() throws {
        let declared = GoldenDescription(allCollections).text
        let recorded = (try? String(contentsOf: Self.file, encoding: .utf8)) ?? ""
        guard declared != recorded else { return }
        if ProcessInfo.processInfo.environment["ANNALS_RECORD"] == "1" {
            try declared.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let changes = declared.split(separator: "\n").difference(from: recorded.split(separator: "\n"))
        for change in changes.prefix(40) {
            switch change {
            case .remove(_, let line, _): Issue.record("only in collections.golden: \(line)")
            case .insert(_, let line, _): Issue.record("only in the declarations: \(line)")
            }
        }
        Issue.record("\(changes.count) lines of collections.golden differ: if they should, record it (ANNALS_RECORD=1)")
    }
}
