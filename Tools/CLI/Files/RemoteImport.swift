import AsyncHTTPClient
import BSON
import Foundation
import NIOCore
import NIOHTTP1

/// Lines to a server, as NDJSON of which each line is a request of its own.
struct RemoteImport {
    let url: String
    let progress: Progress
    /// Lines of one HTTP request.
    static let batch = 5_000

    /// Each line is a request of its own; refused ones are counted and the rest goes on.
    func skippingRefused(_ lines: LineReader) throws -> ImportReport {
        try withClient { client, target in
            var report = ImportReport()
            var body = ByteBuffer()
            var numbers: [Int] = []
            try lines.forEachLine { line, number, _ in
                body.writeBytes(line)
                body.writeInteger(UInt8(0x0A))
                numbers.append(number)
                guard numbers.count == Self.batch else { return true }
                try send(body, numbers, to: target, client, &report)
                body.clear()
                numbers.removeAll(keepingCapacity: true)
                progress.show("\(Figure.grouped(report.lines)) lines")
                return true
            }
            if !numbers.isEmpty { try send(body, numbers, to: target, client, &report) }
            return report
        }
    }

    /// Gives a client, and where to send events to; adds how long all took.
    func withClient(_ body: (HTTPClient, _ target: String) throws -> ImportReport) throws -> ImportReport {
        guard let base = URL(string: url), ["http", "https"].contains(base.scheme ?? ""), base.host != nil else {
            throw Failure(.usage, "\(url) is no http or https URL")
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        defer { try? client.syncShutdown() }
        let start = Date()
        var report = try body(client, base.appendingPathComponent("v1/events").absoluteString + "?history=true")
        report.seconds = Date().timeIntervalSince(start)
        return report
    }

    private func send(
        _ body: ByteBuffer, _ numbers: [Int], to target: String, _ client: HTTPClient, _ report: inout ImportReport
    ) throws {
        let (status, answer) = try post(body, type: "application/x-ndjson", to: target, client)
        guard status.code == 200 else {
            throw Failure(.unavailable, "\(target) answers \(status): \(String(decoding: answer, as: UTF8.self))")
        }
        let results = answer.split(separator: 0x0A)
        for (number, result) in zip(numbers, results) { try add(Array(result), line: number, &report) }
        // A server that goes away in the midst has answered only a part.
        guard results.count == numbers.count else {
            throw Failure(
                .unavailable, "\(target) answered \(results.count) of \(numbers.count) lines; run the import again")
        }
    }

    func post(
        _ body: ByteBuffer, type: String, to target: String, _ client: HTTPClient
    ) throws -> (status: HTTPResponseStatus, answer: [UInt8]) {
        do {
            let request = try HTTPClient.Request(
                url: target, method: .POST, headers: ["content-type": type], body: .byteBuffer(body))
            let response = try client.execute(request: request).wait()
            return (response.status, response.body.map { Array($0.readableBytesView) } ?? [])
        } catch {
            throw Failure(.unavailable, "\(target) does not answer: \(error)")
        }
    }

    func add(_ bytes: [UInt8], line: Int, _ report: inout ImportReport) throws {
        add(try JSON.parse(bytes, extended: true), line: line, &report)
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
            // What is no JSON is of no type.
            reason = type.isEmpty ? "line: syntax" : "\(type): \(rule)"
        }
        report.refuse(reason, line: line, result["detail"]?.text ?? "")
    }
}

extension Value {
    var text: String? { if case .string(let text) = self { text } else { nil } }
}
