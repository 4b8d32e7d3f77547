import EventLog
import LMDB
import Platform
import Testing

/// What was put into the table behind the log's back is refused when opened or read.
@Suite struct EventLogDamageTests {
    static func refusal(_ body: () throws(LogError) -> Void) -> LogError? {
        do throws(LogError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// Ten records, and then whatever `change` does to the tables.
    static func damaged(
        _ change: (borrowing WriteTransaction, _ records: Table, _ meta: Table) throws -> Void
    ) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        do {
            let log = try openLog(directory)
            try append(1...10, to: log)
        }
        let environment = try Environment(
            directory: directory.log, tables: ["records", "meta"],
            options: EnvironmentOptions(mapBytes: 1 << 28, maxTables: 8, synchronous: true))
        let (records, meta) = (environment.table("records"), environment.table("meta"))
        let transaction = try environment.beginWrite()
        try change(transaction, #require(records), #require(meta))
        try transaction.commit()
        return directory
    }

    static func key(_ position: UInt64) -> [UInt8] {
        withUnsafeBytes(of: position.bigEndian) { Array($0) }
    }

    static func open(_ directory: TemporaryDirectory, tail: UInt64 = 1000) throws(LogError) -> EventLog {
        var options = LogOptions.small
        options.verifiedTailCount = tail
        return try openLog(directory, options)
    }

    @Test func aMissingRecordIsFound() throws {
        let directory = try Self.damaged { transaction, records, _ in
            let wasThere = try Self.key(5).withUnsafeBytes { try transaction.delete($0, in: records) }
            #expect(wasThere)
        }
        guard case .missingRecord(5) = Self.refusal({ () throws(LogError) in _ = try Self.open(directory) }) else {
            Issue.record("opening did not find the gap")
            return
        }
        // With a shorter look at the end, reading finds it.
        let log = try Self.open(directory, tail: 2)
        for order in [ReadOrder.forward, .backward] {
            var positions: [UInt64] = []
            let error = Self.refusal { () throws(LogError) in
                try log.read(order: order) { record in
                    positions.append(record.position)
                    return true
                }
            }
            guard case .missingRecord(5) = error else {
                Issue.record("reading \(order) did not find the gap: \(String(describing: error))")
                return
            }
            #expect(positions == (order == .forward ? [1, 2, 3, 4] : [10, 9, 8, 7, 6]))
        }
        // From the gap itself, too.
        guard case .missingRecord(5) = Self.refusal({ () throws(LogError) in try log.read(from: 5) { _ in true } }),
            case .missingRecord(5) = Self.refusal({ () throws(LogError) in
                try log.read(from: 2, through: 5, order: .backward) { _ in true }
            })
        else {
            Issue.record("the gap at the start was not found")
            return
        }
    }

    @Test func theFirstRecordsMayNotBeMissing() throws {
        let directory = try Self.damaged { transaction, records, _ in
            _ = try Self.key(1).withUnsafeBytes { try transaction.delete($0, in: records) }
        }
        guard case .missingRecord(1) = Self.refusal({ () throws(LogError) in _ = try Self.open(directory) }) else {
            Issue.record("a missing beginning was not found")
            return
        }
    }

    @Test func aChangedRecordIsFound() throws {
        let directory = try Self.damaged { transaction, records, _ in
            try Self.key(7).withUnsafeBytes { key in
                var record = try Array(#require(try transaction.get(key, in: records)))
                record[130] ^= 1
                _ = try record.withUnsafeBytes { try transaction.put(key, $0, in: records) }
            }
        }
        guard
            case .damagedRecord(7, .checksumMismatch) = Self.refusal({ () throws(LogError) in
                _ = try Self.open(directory)
            })
        else {
            Issue.record("a changed record was not found")
            return
        }
        let log = try Self.open(directory, tail: 2)
        #expect(throws: LogError.self) { try log.get(7) }
        #expect(try log.get(8) != nil)
    }

    @Test func exchangedRecordsAreFound() throws {
        let directory = try Self.damaged { transaction, records, _ in
            let eighth = try Self.key(8).withUnsafeBytes { try Array(#require(try transaction.get($0, in: records))) }
            _ = try Self.key(7).withUnsafeBytes { key in
                try eighth.withUnsafeBytes { try transaction.put(key, $0, in: records) }
            }
        }
        guard case .misplacedRecord(7, 8) = Self.refusal({ () throws(LogError) in _ = try Self.open(directory) }) else {
            Issue.record("a record in the wrong place was not found")
            return
        }
    }

    @Test func aStrangeKeyIsFound() throws {
        let directory = try Self.damaged { transaction, records, _ in
            _ = try [UInt8(0xFF)].withUnsafeBytes { try transaction.put($0, $0, in: records) }
        }
        #expect(throws: LogError.self) { try Self.open(directory) }
    }

    @Test(arguments: ["format", "origin", "page-size"]) func metadataHasToBeThere(name: String) throws {
        let directory = try Self.damaged { transaction, _, meta in
            let wasThere = try Array(name.utf8).withUnsafeBytes { try transaction.delete($0, in: meta) }
            #expect(wasThere)
        }
        guard case .damagedMetadata(name) = Self.refusal({ () throws(LogError) in _ = try Self.open(directory) }) else {
            Issue.record("\(name) was not missed")
            return
        }
    }

    @Test func anotherFormatAndOtherPagesAreRefused() throws {
        func changed(_ name: String, _ value: [UInt8], keepsDigest: Bool = false) throws -> LogError? {
            let directory = try Self.damaged { transaction, _, meta in
                _ = try Array(name.utf8).withUnsafeBytes { key in
                    try value.withUnsafeBytes { try transaction.put(key, $0, in: meta) }
                }
                if !keepsDigest {
                    _ = try Array("sha256".utf8).withUnsafeBytes { try transaction.delete($0, in: meta) }
                }
            }
            return Self.refusal { () throws(LogError) in _ = try Self.open(directory) }
        }
        guard case .unknownFormat(2) = try changed("format", [2, 0, 0, 0]) else {
            Issue.record("another format was not refused")
            return
        }
        guard case .pageSizeDiffers(512, _) = try changed("page-size", [0, 2, 0, 0]) else {
            Issue.record("other pages were not refused")
            return
        }
        // Which log it is has a digest, where the program that made it was new enough.
        for (name, count) in [("origin", 16), ("page-size", 4), ("sha256", 32)] {
            let error = try changed(name, [UInt8](repeating: 7, count: count), keepsDigest: true)
            guard case .damagedMetadata("sha256") = error else {
                Issue.record("\(name) is another one: \(error.map { "\($0)" } ?? "nothing is said")")
                continue
            }
        }
    }
}
