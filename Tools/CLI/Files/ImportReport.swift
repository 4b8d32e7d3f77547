import Annals
import BSON
import Bench
import Schema

/// What became of the lines of an import.
struct ImportReport: Sendable {
    /// One refused line, for people.
    struct Example: Sendable {
        let line: Int
        let text: String
    }

    static let mostExamples = 5

    var accepted = 0
    var duplicate = 0
    /// `comment.added: depth` → how many.
    private(set) var reasons: [String: Int] = [:]
    private(set) var examples: [String: [Example]] = [:]
    var position: UInt64 = 0
    var seconds = 0.0

    var refused: Int { reasons.values.reduce(0, +) }
    var lines: Int { accepted + duplicate + refused }

    mutating func refuse(_ reason: String, line: Int, _ text: @autoclosure () -> String) {
        reasons[reason, default: 0] += 1
        if examples[reason, default: []].count < Self.mostExamples {
            examples[reason, default: []].append(Example(line: line, text: text()))
        }
    }

    mutating func add(_ result: Result<[Receipt], AppendError>, type: String, line: Int) {
        switch result {
        case .success(let receipts):
            for receipt in receipts { if receipt.wasThere { duplicate += 1 } else { accepted += 1 } }
        case .failure(let error): refuse(Self.reason(error, type), line: line, Self.text(error))
        }
    }

    static func reason(_ refusals: Refusals) -> String {
        let type = refusals.eventType.isEmpty ? "event" : refusals.eventType
        return "\(type): \(refusals.reasons.first?.rule.rawValue ?? "refused")"
    }

    private static func reason(_ error: AppendError, _ type: String) -> String {
        switch error {
        case .refused(let all): all.first.map { reason($0.refusals) } ?? "\(type): refused"
        case .conflict: "\(type): conflict"
        case .wrongVersion: "\(type): version"
        case .conditionFailed: "\(type): condition"
        case .tooLarge: "\(type): size"
        case .overloaded: "\(type): overloaded"
        case .diskFull, .stopped, .outcomeUnknown: "\(type): stopped"
        case .anomaly: "\(type): anomaly"
        }
    }

    /// Without the index: the line says where.
    private static func text(_ error: AppendError) -> String {
        guard case .refused(let all) = error, let first = all.first else { return "\(error)" }
        return text(first.refusals)
    }

    static func text(_ refusals: Refusals) -> String {
        refusals.reasons.map { reason in
            "\(reason.field)\(reason.value.map { " = \($0)" } ?? ""): \(reason.message)"
        }.joined(separator: "; ")
    }

    // MARK: Showing

    var document: Document {
        let sorted = reasons.sorted { $0.key < $1.key }.map { ($0.key, Value.int64(Int64($0.value))) }
        return [
            "accepted": .int64(Int64(accepted)), "duplicate": .int64(Int64(duplicate)),
            "refused": .int64(Int64(refused)), "reasons": .document(Document(sorted)),
            "position": .int64(Int64(clamping: position)), "seconds": .double((seconds * 1000).rounded() / 1000),
            "peakRSS": .int64(ProcessMemory.peakBytes),
        ]
    }

    func print() throws {
        let rate = seconds > 0 ? " (\(Figure.grouped(Int(Double(lines) / seconds))) events/s)" : ""
        try Console.print(
            "\(Console.bold(Figure.grouped(accepted))) accepted, \(Figure.grouped(duplicate)) there before, "
                + "\(Figure.grouped(refused)) refused in \(Figure.seconds(seconds))\(rate); "
                + "the log is at position \(Figure.grouped(position))")
        for (reason, count) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            try Console.print("\(Console.red(Figure.grouped(count))) × \(reason)")
            for example in examples[reason] ?? [] {
                try Console.print(Console.dim("    line \(Figure.grouped(example.line)): ") + example.text)
            }
        }
    }
}
