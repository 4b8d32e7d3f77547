import Annals
import Foundation
import Schema
import Testing

/// Which lines the store takes, and what it says of the others.
extension RealDataTests {
    @Test func theStoreRefusesTheLinesThatTheFoldRefuses() throws {
        try expectRefusals(stream.first)
        let byRule = Dictionary(grouping: fold.refused, by: \.rule).mapValues(\.count)
        #expect(byRule == ["depth": 22, "exists": 12])
        #expect(Set(fold.refused.map(\.field)) == ["parentCommentId"])
    }

    @Test func everyOtherLineIsWrittenOnceAndInOrder() {
        var position: UInt64 = 0
        var wrong: [Int] = []
        for (line, outcome) in stream.first.outcomes.enumerated() {
            guard case .accepted(let receipt) = outcome else { continue }
            position += 1
            if receipt.position != position || receipt.wasThere { wrong.append(line) }
        }
        #expect(position == 152_823)
        #expect(wrong.isEmpty)
        // The second import is done by now as well.
        #expect(stream.store.position == 152_823)
    }

    @Test func aSecondImportWritesNothing() throws {
        try expectRefusals(stream.second)
        var wrong: [Int] = []
        for (line, outcome) in stream.second.outcomes.enumerated() {
            guard case .accepted(let receipt) = outcome else { continue }
            guard case .accepted(let first) = stream.first.outcomes[line], receipt.wasThere,
                receipt.position == first.position, receipt.streamVersion == first.streamVersion
            else {
                wrong.append(line)
                continue
            }
        }
        #expect(wrong.isEmpty, "lines that the second import wrote, or found elsewhere: \(wrong.prefix(5))")
    }

    /// Line by line: the rule, the field and the value.
    private func expectRefusals(_ imported: Import) throws {
        var refused: [NaiveFold.Refused] = []
        var others: [String] = []
        for (line, outcome) in imported.outcomes.enumerated() {
            switch outcome {
            case .accepted: break
            case .refused(let reasons):
                #expect(reasons.allSatisfy { !$0.message.isEmpty })
                refused += reasons.map {
                    .init(line: line, rule: $0.rule.rawValue, field: $0.field, value: $0.value ?? "none")
                }
            case .failed(let error): others.append("line \(line): \(error)")
            case .unanswered: others.append("line \(line): no answer")
            }
        }
        #expect(others.isEmpty, "\(others.prefix(5))")
        #expect(refused == fold.refused)
    }
}
