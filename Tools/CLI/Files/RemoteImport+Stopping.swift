import AnnalsClient
import BSON

extension RemoteImport {
    /// Lines of one request where the first refusal stops the import, and their bytes: less than a server takes at once.
    static let stoppingBatch = 1_000
    static let stoppingBytes = 4 << 20

    /// Stops at the first refusal: nothing that comes after it in the file is appended. Batches are all or nothing; one
    /// that is refused is sent again line by line, up to the bad one.
    func stoppingAtRefusal(_ lines: LineReader) throws -> ImportReport {
        try withClient { client in
            var report = ImportReport()
            var batch = Batch()
            try lines.forEachLine { line, number, _ in
                batch.lines.append((number, Array(line)))
                batch.byteCount += line.count + 1
                guard batch.lines.count == Self.stoppingBatch || batch.byteCount >= Self.stoppingBytes else {
                    return true
                }
                try send(batch, client, &report)
                batch = Batch()
                progress.show("\(Figure.grouped(report.lines)) lines")
                return report.refused == 0
            }
            if report.refused == 0 { try send(batch, client, &report) }
            return report
        }
    }

    private struct Batch {
        var lines: [(number: Int, text: [UInt8])] = []
        var byteCount = 0

        var array: [UInt8] {
            var array: [UInt8] = []
            array.reserveCapacity(byteCount + 2)
            for line in lines {
                array.append(array.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
                array += line.text
            }
            return array + [UInt8(ascii: "]")]
        }
    }

    private func send(_ batch: Batch, _ client: AnnalsClient, _ report: inout ImportReport) throws {
        guard !batch.lines.isEmpty else { return }
        let json = batch.array
        do {
            let receipts = try Waiting.run { try await client.appendBatch(json, isHistory: true) }
            guard receipts.count == batch.lines.count else {
                throw Failure(.unavailable, "\(url) gives too few receipts; run the import again")
            }
            for receipt in receipts {
                report.position = max(report.position, receipt.position)
                if receipt.wasThere { report.duplicate += 1 } else { report.accepted += 1 }
            }
            return
        } catch let error as ClientError {
            // Only what the events are at fault for is a refusal.
            guard case .problem(let problem) = error, [400, 409, 413, 422].contains(problem.status) else {
                throw Failure(.unavailable, "\(url): \(error)")
            }
        }
        for line in batch.lines {
            try send(line.text, [line.number], client, &report)
            if report.refused > 0 { return }
        }
    }
}
