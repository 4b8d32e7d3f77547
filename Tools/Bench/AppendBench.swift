internal import BSON
internal import EventLog
internal import LMDB
internal import Platform

/// The log alone against a loop of bare LMDB puts: the same records, the same batches, in turn on the same disk.
public struct AppendBench {
    public var directory: String
    public var events: Int
    public var batch: Int
    /// Rounds of each; the median of their ratios is what counts.
    public var rounds = 7

    public init(directory: String, events: Int, batch: Int) {
        self.directory = directory
        self.events = events
        self.batch = batch
    }

    public func run() throws -> BenchResult {
        let probe = try FlushProbe.microseconds(in: directory)
        let drafts = makeDrafts()
        let perRound = max(1, events / rounds / batch)
        let log = try EventLog(
            directory: directory + "/log", highWaterPath: directory + "/high-water", options: options,
            fileSystem: .system, clock: .system, randomness: .system)
        let bare = try Environment.openOrCreate(
            directory: directory + "/bare", tables: ["records"],
            options: EnvironmentOptions(mapBytes: 64 << 30, maxTables: 4, synchronous: true))
        var ours: [Double] = []
        var theirs: [Double] = []
        var encoding: Int64 = 0
        var latencies: [Double] = []
        var logBatch = LogBatch()
        var position: UInt64 = 0
        // One round more, the first, that is not counted.
        for round in 0...rounds {
            var copies: [(bytes: [UInt8], ends: [Int])] = []
            var spent: Int64 = 0
            let first = position + 1
            for _ in 0..<perRound {
                let start = nanoseconds()
                try encode(drafts, into: &logBatch, after: &position)
                let encoded = nanoseconds()
                try log.append(logBatch)
                let end = nanoseconds()
                spent += end - start
                if round > 0 {
                    encoding += encoded - start
                    latencies.append(Double(end - start) / 1000)
                }
                // Bytes of their own: the log's buffer stays its alone, as in the store.
                let bytes = logBatch.bytes.withUnsafeBytes { Array($0) }
                copies.append((bytes, (0..<logBatch.count).map { logBatch.range($0).upperBound }))
            }
            let start = nanoseconds()
            try put(copies, from: first, in: bare)
            if round > 0 {
                ours.append(Double(spent) / 1e9)
                theirs.append(secondsSince(start))
            }
        }
        let count = rounds * perRound * batch
        let seconds = ours.reduce(0, +)
        var result = BenchResult(name: "append", events: count, seconds: seconds)
        result.latencies = latencies
        result.fsyncProbeMicroseconds = probe
        result.bytesPerEvent = diskBytes(directory + "/log/data.mdb") / Double(position)
        let ratios = zip(ours, theirs).map { $1 / $0 }.sorted()
        result.more = [
            ("batch", .int32(Int32(clamping: batch))),
            ("bareLMDBEventsPerSecond", .double(Double(count) / theirs.reduce(0, +))),
            ("ratio", .double(ratios[ratios.count / 2])), ("encodingShare", .double(Double(encoding) / 1e9 / seconds)),
        ]
        try log.close()
        return result
    }

    private func encode(_ drafts: [EventDraft], into logBatch: inout LogBatch, after position: inout UInt64) throws {
        logBatch.removeAll()
        try drafts.withUnsafeBufferPointer { drafts in
            for index in 0..<batch {
                position += 1
                try logBatch.add(
                    drafts[index % drafts.count], position: position, recordedTime: DateTime(milliseconds: 0),
                    streamVersion: 1)
            }
        }
    }

    private var options: LogOptions { LogOptions(mapBytes: 64 << 30, freeSpaceFloorBytes: 64 << 20) }

    /// Records of about 400 bytes.
    private func makeDrafts() -> [EventDraft] {
        (0..<min(batch, 1000)).map { index in
            var content = "event \(index) "
            while content.utf8.count < 130 { content += "lorem ipsum " }
            return EventDraft(
                id: "event-\(index)", source: "/bench", type: "message.sent", subject: "sessions/\(index % 50)",
                time: DateTime(milliseconds: 1_700_000_000_000 + Int64(index)),
                data: ["content": .string(content), "tokens": .int32(Int32(index))],
                requestKey: Digest16.zero, requestDigest: Digest16.zero)
        }
    }

    /// What a program without any store would do.
    private func put(
        _ batches: [(bytes: [UInt8], ends: [Int])], from first: UInt64, in environment: borrowing Environment
    ) throws {
        guard let table = environment.table("records") else { return }
        var position = first
        for (bytes, ends) in batches {
            let transaction = try environment.beginWrite()
            try putBatch(bytes, ends, &position, transaction, table)
            try transaction.commit()
        }
    }

    private func putBatch(
        _ bytes: [UInt8], _ ends: [Int], _ position: inout UInt64, _ transaction: borrowing WriteTransaction,
        _ table: Table
    ) throws {
        var cursor = try transaction.cursor(table)
        var start = 0
        for end in ends {
            try bytes.withUnsafeBytes { bytes in
                try withUnsafeBytes(of: position.bigEndian) { key in
                    _ = try cursor.put(key, UnsafeRawBufferPointer(rebasing: bytes[start..<end]), flags: .append)
                }
            }
            start = end
            position += 1
        }
    }
}
