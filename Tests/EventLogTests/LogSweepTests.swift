import EventLog
import LMDB
import Platform
import Testing

/// Read by several threads, a log has the root that it has read by one, and the same damage.
@Suite struct LogSweepTests {
    private static let chunk = Int(LogSweep.chunkCount)

    private func filled(_ count: Int) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let log = try openLog(directory)
        for first in stride(from: 1, through: count, by: 1_000) {
            try append(first...min(count, first + 999), to: log)
        }
        return directory
    }

    private func root(
        _ log: EventLog, from first: UInt64 = 1, _ frontier: MerkleFrontier = MerkleFrontier(), threads: Int,
        needsLeaves: @escaping @Sendable (ClosedRange<UInt64>) -> Bool = { _ in false }
    ) throws(LogError) -> MerkleFrontier {
        var frontier = frontier
        var next = first
        try LogSweep(log, threads: threads).run(from: first, through: log.head.position, needsLeaves: needsLeaves) {
            (chunk) throws(LogError) in
            #expect(chunk.first == next && chunk.from <= chunk.through && chunk.byteCount > 0)
            next = chunk.last + 1
            if let subtree = chunk.subtree { frontier.append(subtree, level: LogSweep.chunkLevel) }
            for leaf in chunk.leaves { frontier.append(leaf) }
            #expect(frontier.size == chunk.last)
        }
        #expect(next == log.head.position + 1)
        return frontier
    }

    @Test(arguments: [1, 2, 5], [1, -1, 0, 3]) func theSameRoot(threads: Int, more: Int) throws {
        let directory = try filled(3 * Self.chunk + more)
        let log = try openLog(directory)
        let expected = try log.snapshot().root(size: log.head.position)
        #expect(try root(log, threads: threads).root == expected)
        #expect(try root(log, threads: threads, needsLeaves: { _ in true }).root == expected)
        let second = LogSweep.chunkCount + 1
        #expect(try root(log, threads: threads, needsLeaves: { $0.contains(second) }).root == expected)
        // On from elsewhere.
        let edge = try log.snapshot().frontier(size: LogSweep.chunkCount)
        #expect(try root(log, from: second, edge, threads: threads).root == expected)
    }

    /// The first that is damaged is told, whichever thread comes to it.
    @Test(arguments: [1, 4]) func theFirstDamageIsTold(threads: Int) throws {
        let directory = try filled(4 * Self.chunk)
        let (first, later) = (Self.chunk + 7, 3 * Self.chunk + 1)
        do {
            let environment = try Environment(
                directory: directory.log, tables: ["records", "meta"],
                options: EnvironmentOptions(mapBytes: 1 << 28, maxTables: 8, synchronous: true))
            let named = environment.table("records")
            let records = try #require(named)
            let transaction = try environment.beginWrite()
            for position in [later, first] {
                let key = EventLogDamageTests.key(UInt64(position))
                var value = try #require(
                    try key.withUnsafeBytes { try transaction.get($0, in: records).map { Array($0) } })
                value[17] ^= 1
                try key.withUnsafeBytes { key in
                    try value.withUnsafeBytes { _ = try transaction.put(key, $0, in: records) }
                }
            }
            try transaction.commit()
        }
        let log = try EventLogDamageTests.open(directory, tail: 2)
        for _ in 1...20 {
            let error = EventLogDamageTests.refusal { () throws(LogError) in _ = try root(log, threads: threads) }
            guard case .damagedRecord(UInt64(first), .checksumMismatch) = error else {
                Issue.record("\(error.map { "\($0)" } ?? "nothing") in place of \(first)")
                return
            }
        }
    }

    @Test func whoStopsLeavesNoThreadBehind() throws {
        let directory = try filled(4 * Self.chunk)
        let log = try openLog(directory)
        for _ in 1...20 {
            let error = EventLogDamageTests.refusal { () throws(LogError) in
                try LogSweep(log, threads: 4).run(from: 1, through: log.head.position, needsLeaves: { _ in false }) {
                    (_) throws(LogError) in throw .missingRecord(position: 0)
                }
            }
            guard case .missingRecord(0) = error else {
                Issue.record("\(error.map { "\($0)" } ?? "nothing")")
                return
            }
        }
    }
}
