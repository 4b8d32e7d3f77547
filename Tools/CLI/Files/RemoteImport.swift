import AnnalsClient
import BSON
import Foundation

/// Lines to a server, as NDJSON of which each line is a request of its own.
struct RemoteImport {
    let url: String
    let key: String?
    let progress: Progress
    /// Lines of one HTTP request.
    static let batch = 5_000

    /// Each line is a request of its own; refused ones are counted and the rest goes on.
    func skippingRefused(_ lines: LineReader) throws -> ImportReport {
        try withClient { client in
            var report = ImportReport()
            var body: [UInt8] = []
            var numbers: [Int] = []
            try lines.forEachLine { line, number, _ in
                body += line
                body.append(0x0A)
                numbers.append(number)
                guard numbers.count == Self.batch else { return true }
                try send(body, numbers, client, &report)
                body.removeAll(keepingCapacity: true)
                numbers.removeAll(keepingCapacity: true)
                progress.show("\(Figure.grouped(report.lines)) lines")
                return true
            }
            if !numbers.isEmpty { try send(body, numbers, client, &report) }
            return report
        }
    }

    /// Gives a client; adds how long all took.
    func withClient(_ body: (AnnalsClient) throws -> ImportReport) throws -> ImportReport {
        let client: AnnalsClient
        do throws(ClientError) { client = try AnnalsClient(url: url, key: key) } catch {
            throw Failure(.usage, "\(error)")
        }
        defer { try? Waiting.run { try await client.close() } }
        let start = Date()
        var report = try body(client)
        report.seconds = Date().timeIntervalSince(start)
        return report
    }

    func send(_ lines: [UInt8], _ numbers: [Int], _ client: AnnalsClient, _ report: inout ImportReport) throws {
        let results: [Document]
        do {
            results = try Waiting.run { try await client.appendLines(lines, isHistory: true) }
        } catch {
            throw Failure(.unavailable, "\(error)")
        }
        for (number, result) in zip(numbers, results) { add(result, line: number, &report) }
        // A server that goes away in the midst has answered only a part.
        guard results.count == numbers.count else {
            throw Failure(
                .unavailable, "\(url) answered \(results.count) of \(numbers.count) lines; run the import again")
        }
    }

    func add(_ result: Document, line: Int, _ report: inout ImportReport) {
        if case .int32(let position)? = result["position"] { report.position = max(report.position, UInt64(position)) }
        if case .int64(let position)? = result["position"] { report.position = max(report.position, UInt64(position)) }
        if case .bool(let wasThere)? = result["duplicate"] {
            if wasThere { report.duplicate += 1 } else { report.accepted += 1 }
            return
        }
        var reason = "line: \(result["title"]?.text ?? "refused")"
        if case .array(let errors)? = result["errors"], case .document(let first)? = errors.first,
            let rule = first["rule"]?.text, let type = first["type"]?.text
        {
            // As an import into a directory says it: what is no JSON is of no type, what names none is an event.
            let isEvent = result["type"]?.text == "/problems/refused"
            reason = type.isEmpty ? (isEvent ? "event: \(rule)" : "line: syntax") : "\(type): \(rule)"
        }
        report.refuse(reason, line: line, result["detail"]?.text ?? "")
    }
}

extension Value {
    var text: String? { if case .string(let text) = self { text } else { nil } }
}
