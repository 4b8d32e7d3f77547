import BSON
import EventLog
import Foundation
import LMDB
import Platform
import Projections
import Proofs
import Schema
import Testing

@testable import Annals

/// Somebody who can write every file of the log changes its history and computes every checksum, hash and mark anew. Without
/// a checkpoint from before nothing is to be seen; with yesterday's, each forgery is found.
@Suite struct ForgeryTests {
    static let events = 240
    static var variations: Int { ProcessInfo.processInfo.environment["ANNALS_FORGERIES"].flatMap(Int.init) ?? 120 }

    /// A log as its records' bytes, and what was signed when it was nine tenths as long.
    private struct Victim {
        let records: [[UInt8]]
        let meta: [RawTables.Entry]
        let note: SignedNote
        let key: NoteKey
        let signed: Int
    }

    private func victim() async throws -> Victim {
        let directory = TestDirectory()
        let (note, key) = try await fill(directory)
        let tables = RawTables(directory: directory.path, catalogue: try Catalogue(allCollections))
        return Victim(
            records: try tables.entries("records", in: .log).map(\.value),
            meta: try tables.entries("meta", in: .log), note: note, key: key,
            signed: try Int(LogCheckpoint(note).size))
    }

    private func fill(_ directory: TestDirectory) async throws -> (SignedNote, NoteKey) {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 41, count: Self.events, users: 12)
        let signed = Self.events * 9 / 10
        #expect(try await StreamFixture.append(Array(events[..<signed]), to: store, window: 20).isEmpty)
        let note = try store.checkpoint()
        #expect(try await StreamFixture.append(Array(events[signed...]), to: store, window: 20).isEmpty)
        let key = try store.signingKey()
        try store.close()
        return (note, key)
    }

    @Test func everyForgeryIsFoundWithACheckpointAndNoneWithout() async throws {
        let victim = try await victim()
        #expect(try look(victim.records, victim).isEmpty)
        let random = Randomness.seeded(7)
        for number in 0..<Self.variations {
            let forgery = Forgery.allCases[number % Forgery.allCases.count]
            var forger = Forger(records: victim.records, signed: victim.signed, random: random)
            forger.apply(forgery)
            let found = try look(forger.finished(), victim)
            #expect(found.count == 1 && found[0].kind == .note, "\(forgery), variation \(number)")
            #expect(try look(forger.finished(), victim, against: []).isEmpty, "\(forgery): it is seen without a note")
        }
    }

    /// The whole command over a directory whose log was written anew.
    @Test(arguments: [Forgery.rollBack, .editActor]) func theCommandTellsIt(forgery: Forgery) async throws {
        let directory = TestDirectory()
        let victim = try await victim()
        var forger = Forger(records: victim.records, signed: victim.signed, random: .seeded(9))
        forger.apply(forgery)
        try write(forger.finished(), victim, directory)
        let options = StreamFixture.options()
        func verify(_ notes: [SignedNote]) throws -> [Difference] {
            try Store.verify(
                directory: directory.path, collections: allCollections, options: options,
                scratch: directory.path("scratch"), against: notes, key: victim.key
            ).differences
        }
        // The forger's views are made of the forged log; keys of persons are not needed to show it.
        let without = try verify([]).filter { $0.kind == .note }
        #expect(without.isEmpty)
        #expect(try verify([victim.note]).contains { $0.kind == .note })
    }

    /// A log of these records, looked through as the verifier does.
    private func look(_ records: [[UInt8]], _ victim: Victim, against notes: [SignedNote]? = nil) throws -> [Difference]
    {
        let directory = TestDirectory("forged")
        try write(records, victim, directory)
        var options = StreamFixture.options().log
        options.readOnly = true
        let log = try EventLog(
            directory: directory.path("log"), highWaterPath: directory.path("high-water"), options: options)
        var audit = LogAudit(NoteAudit(notes ?? [victim.note], key: victim.key))
        try audit.run(log, through: log.head.position, threads: 2) { _ in }
        #expect(audit.position == records.count)
        audit.end()
        return audit.differences
    }

    private func write(_ records: [[UInt8]], _ victim: Victim, _ directory: TestDirectory) throws {
        let system = FileSystem.system
        try system.makeDirectories(directory.path)
        let environment = try Environment.create(
            directory: directory.path("log"), tables: ["records", "meta"],
            options: EnvironmentOptions(mapBytes: 1 << 30, maxTables: 8, synchronous: false))
        let transaction = try environment.beginWrite()
        let (meta, table) = (environment.table("meta"), environment.table("records"))
        func put(_ key: [UInt8], _ value: [UInt8], _ table: Table?, _ transaction: borrowing WriteTransaction) throws {
            let table = try #require(table)
            try key.withUnsafeBytes { key in
                _ = try value.withUnsafeBytes { try transaction.put(key, $0, in: table) }
            }
        }
        for entry in victim.meta { try put(entry.key, entry.value, meta, transaction) }
        for (index, record) in records.enumerated() {
            try put(withUnsafeBytes(of: UInt64(index + 1).bigEndian) { Array($0) }, record, table, transaction)
        }
        try transaction.commit()
        let leaf = try #require(records.last).withUnsafeBytes { try Record(validating: $0).leaf }
        var mark = try HighWaterFile(path: directory.path("high-water"), fileSystem: system)
        try mark.store(HighWaterMark(position: UInt64(records.count), leaf: leaf))
    }
}

enum Forgery: String, CaseIterable, Sendable {
    case editData, editActor, editTime, drop, insert, swap, truncate, rollBack
}

/// Changes records, numbers them anew, and makes every checksum right again.
private struct Forger {
    var records: [[UInt8]]
    /// What was signed; what comes after may change without anybody having sworn to it.
    let signed: Int
    let random: Randomness

    private func draw(_ count: Int) -> Int {
        let bytes = random.bytes(8)
        return Int(bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % UInt64(count))
    }

    mutating func apply(_ forgery: Forgery) {
        let place = draw(signed)
        switch forgery {
        case .editData:
            // The byte before a document's end: a value's last.
            records[place][records[place].count - 4 - 2] ^= UInt8(1 + draw(255))
        case .editActor: records[place] = Self.acted(records[place], by: "somebody-\(draw(1_000))")
        case .editTime: records[place][16] ^= UInt8(1 + draw(255))
        case .drop: records.remove(at: place)
        case .insert: records.insert(Self.acted(records[place], by: "again"), at: place)
        case .swap:
            let other = (place + 1 + draw(signed - 1)) % signed
            records.swapAt(place, other)
        case .truncate: records.removeSubrange((signed - 1 - draw(signed - 1))...)
        case .rollBack:
            // To an earlier state, and other events since.
            records.removeSubrange((1 + draw(signed - 2))..<signed)
        }
    }

    /// Positions, recorded times that never go back, checksums.
    func finished() -> [[UInt8]] {
        var newest = Int64.min
        return records.enumerated().map { index, bytes in
            var bytes = bytes
            bytes.withUnsafeMutableBytes { record in
                record.storeBytes(of: UInt64(index + 1).littleEndian, toByteOffset: 8, as: UInt64.self)
                newest = max(newest, Int64(littleEndian: record.loadUnaligned(fromByteOffset: 24, as: Int64.self)))
                record.storeBytes(of: newest.littleEndian, toByteOffset: 24, as: Int64.self)
                let end = record.count - 4
                let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: record[..<end]))
                record.storeBytes(of: checksum.littleEndian, toByteOffset: end, as: UInt32.self)
            }
            return bytes
        }
    }

    /// The same record, by somebody else: encoded anew.
    private static func acted(_ bytes: [UInt8], by actor: String) -> [UInt8] {
        var encoded: [UInt8] = []
        bytes.withUnsafeBytes { whole in
            guard let record = try? Record(validating: whole) else { return }
            let draft = EventDraft(
                id: record.id, source: record.source, type: record.type, schemaVersion: record.schemaVersion,
                subject: record.subject, time: record.time, data: Document(copying: record.data),
                requestKey: record.requestKey, requestDigest: record.requestDigest, principal: record.principal,
                actor: actor, correlationID: record.correlationID, causationID: record.causationID,
                traceparent: record.traceparent, corrects: record.corrects, personKeyID: record.personKeyID ?? .zero)
            let resolved = record.resolved?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
            _ = try? RecordEncoder.encode(
                draft, position: record.position, recordedTime: record.recordedTime,
                streamVersion: record.streamVersion, resolved: resolved, into: &encoded)
        }
        return encoded
    }
}
