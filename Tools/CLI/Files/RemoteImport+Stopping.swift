import AsyncHTTPClient
import BSON
import Foundation
import NIOCore
import NIOHTTP1

extension RemoteImport {
    /// Lines of one request where the first refusal stops the import, and their bytes: less than a server takes at once.
    static let stoppingBatch = 1_000
    static let stoppingBytes = 4 << 20

    /// Stops at the first refusal: nothing that comes after it in the file is appended. Batches are all or nothing; one
    /// that is refused is sent again line by line, up to the bad one.
    func stoppingAtRefusal(_ lines: LineReader) throws -> ImportReport {
        try withClient { client, target in
            var report = ImportReport()
            var batch = Batch()
            try lines.forEachLine { line, number, _ in
                batch.lines.append((number, Array(line)))
                batch.byteCount += line.count + 1
                guard batch.lines.count == Self.stoppingBatch || batch.byteCount >= Self.stoppingBytes else {
                    return true
                }
                try send(batch, to: target, client, &report)
                batch = Batch()
                progress.show("\(Figure.grouped(report.lines)) lines")
                return report.refused == 0
            }
            if report.refused == 0 { try send(batch, to: target, client, &report) }
            return report
        }
    }

    private struct Batch {
        var lines: [(number: Int, text: [UInt8])] = []
        var byteCount = 0
    }

    private func send(_ batch: Batch, to target: String, _ client: HTTPClient, _ report: inout ImportReport) throws {
        guard !batch.lines.isEmpty else { return }
        var body = ByteBuffer()
        body.writeInteger(UInt8(ascii: "["))
        for (place, line) in batch.lines.enumerated() {
            if place > 0 { body.writeInteger(UInt8(ascii: ",")) }
            body.writeBytes(line.text)
        }
        body.writeInteger(UInt8(ascii: "]"))
        let (status, answer) = try post(body, type: "application/cloudevents-batch+json", to: target, client)
        if status.code == 200 || status.code == 201 {
            guard case .array(let receipts)? = try JSON.parse(answer, extended: true)["receipts"],
                receipts.count == batch.lines.count
            else { throw Failure(.unavailable, "\(target) gives no receipts; run the import again") }
            for (receipt, line) in zip(receipts, batch.lines) {
                guard case .document(let receipt) = receipt else { continue }
                add(receipt, line: line.number, &report)
            }
            return
        }
        try refuseUnlessBad(status, answer, target)
        for line in batch.lines {
            let body = ByteBuffer(bytes: line.text)
            let (status, answer) = try post(body, type: "application/cloudevents+json", to: target, client)
            try refuseUnlessBad(status, answer, target)
            try add(answer, line: line.number, &report)
            if report.refused > 0 { return }
        }
    }

    /// Only what the events are at fault for is a refusal.
    private func refuseUnlessBad(_ status: HTTPResponseStatus, _ answer: [UInt8], _ target: String) throws {
        guard ![200, 201, 400, 409, 413, 422].contains(status.code) else { return }
        throw Failure(.unavailable, "\(target) answers \(status): \(String(decoding: answer, as: UTF8.self))")
    }
}
