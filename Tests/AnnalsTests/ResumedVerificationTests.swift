import Annals
import EventLog
import Foundation
import Projections
import Proofs
import Schema
import Synchronization
import Testing
import Views

/// A verification goes on where one before it was ended, and nowhere else.
@Suite(.serialized, .filledOnce) struct ResumedVerificationTests {
    let filled: FilledStore
    private let directory = TestDirectory("resumed")

    init() throws {
        filled = try #require(FilledStore.current, "the suite's scope made no store")
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
    }

    private var file: String { directory.path("place") }

    private func verify(
        _ notes: [SignedNote] = [], at store: String? = nil,
        _ onProgress: (@Sendable (VerificationProgress) -> Void)? = nil
    ) throws -> VerificationReport {
        try Store.verify(
            directory: store ?? filled.directory.path, collections: allCollections, options: StreamFixture.options(),
            scratch: directory.path("scratch"), against: notes, resume: file, onProgress: onProgress)
    }

    /// What a run leaves that is killed while it folds.
    private func place(_ notes: [SignedNote] = []) throws -> Data {
        let (source, kept) = (file, directory.path("kept"))
        try? FileManager.default.removeItem(atPath: kept)
        let report = try verify(notes) { state in
            guard state.step == .replayed, !FileManager.default.fileExists(atPath: kept) else { return }
            try? FileManager.default.copyItem(atPath: source, toPath: kept)
        }
        #expect(report.isSound && report.resumedAt == 0, "\(report.differences.prefix(3))")
        #expect(!FileManager.default.fileExists(atPath: source), "it stays though there is a verdict")
        return try Data(contentsOf: URL(fileURLWithPath: kept))
    }

    private func resumed(_ place: Data, _ notes: [SignedNote] = [], at store: String? = nil) throws
        -> VerificationReport
    {
        try place.write(to: URL(fileURLWithPath: file))
        return try verify(notes, at: store)
    }

    private static let whole = UInt64(FilledStore.events) / LogSweep.chunkCount * LogSweep.chunkCount

    @Test func itGoesOn() throws {
        let place = try place()
        let steps = Mutex<[UInt64]>([])
        try place.write(to: URL(fileURLWithPath: file))
        let report = try verify { state in
            if state.step == .checked { steps.withLock { $0.append(state.position) } }
        }
        #expect(report.isSound && report.resumedAt == Self.whole && report.position == UInt64(FilledStore.events))
        #expect(steps.withLock { $0 } == [UInt64(FilledStore.events)])
        #expect(report.root == (try verify().root))
    }

    /// Damage after the place is found by going on; damage before it by the fold, which checks every record again.
    @Test(arguments: [3, 1_000, 2_048, 2_049, 4_000]) func damageIsFoundAllTheSame(position: Int) throws {
        let place = try place()
        let key = withUnsafeBytes(of: UInt64(position).bigEndian) { Array($0) }
        var value = try #require(try filled.tables.entries("records", in: .log).first { $0.key == key }).value
        value[17] ^= 1
        let report = try filled.tables.changing("records", key, to: value, in: .log) { try resumed(place) }
        #expect(report.differences.map(\.kind) == [.log] && report.differences.first?.key == "\(position)")
    }

    /// Another log under the same name: the record at the place is another, or the root there is.
    @Test func anotherRootStartsOver() throws {
        var lines = String(decoding: try place(), as: UTF8.self).split(separator: "\n").map(String.init)
        let other = FilledStore.other
        let leaf = try #require(lines[0].firstMatch(of: #/"leaf":"([0-9a-f]{64})"/#)).output.1
        let tree = try #require(lines[0].firstMatch(of: #/"tree":"([^"]*)"/#)).output.1
        let root = try #require(lines[0].firstMatch(of: #/"root":"([0-9a-f]{64})"/#)).output.1
        let line = lines[0]
        let nodes = [UInt8](try #require(Data(base64Encoded: String(tree))))
        let frontier = try #require(nodes.withUnsafeBytes { MerkleFrontier(serialized: $0) })
        var forged = Array(frontier.serialized.prefix(8))
        other.append(to: &forged)
        for changed in [
            line.replacing(leaf, with: "\(other)"),
            line.replacing(tree, with: Data(forged).base64EncodedString()).replacing(root, with: "\(other)"),
        ] {
            lines[0] = changed
            let digest = Array(changed.utf8).withUnsafeBytes { Digest32.hashing($0) }
            let report = try resumed(Data("\(changed)\n\(digest)\n".utf8))
            #expect(report.isSound && report.resumedAt == 0, "\(report.differences.prefix(2))")
        }
        // Bytes that are not those that were written.
        for count in [0, 10, line.utf8.count + 3] {
            let report = try resumed(Data("\(line)\n\(lines[1])\n".utf8.prefix(count)))
            #expect(report.isSound && report.resumedAt == 0)
        }
        let stranger = directory.path("stranger")
        var options = StreamFixture.options(seed: 99)
        options.randomness = .seeded(99)
        try StreamFixture.store(stranger, options).close()
        #expect(try resumed(Data("\(line)\n\(lines[1])\n".utf8), at: stranger).resumedAt == 0)
    }

    /// Somebody's file is not written over, nor removed at the end.
    @Test func anotherFileIsRefused() throws {
        let notes = ["annals/0a\n12\nAAAA\n\n— annals/0a AAAA\n", "{\"format\":\"else\"}\n", "x"].map { Data($0.utf8) }
        for note in notes {
            try note.write(to: URL(fileURLWithPath: file))
            #expect {
                _ = try verify()
            } throws: { error in
                guard let error = error as? StoreError, case .file = error else { return false }
                return "\(error)".contains("another file lies there")
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == note)
        }
        try FileManager.default.removeItem(atPath: file)
    }

    /// A checkpoint from outside that the earlier run was not given is held against all of the log.
    @Test func aNewCheckpointStartsOver() throws {
        let place = try place()
        let root = Digest32.hashing(UnsafeRawBufferPointer(start: nil, count: 0))
        let note = try SignedNote(
            Array("elsewhere\n1000\n\(Data(Array(root)).base64EncodedString())\n\n— elsewhere AAAAAAA=\n".utf8))
        let report = try resumed(place, [note])
        #expect(report.resumedAt == 0 && report.differences.map(\.kind) == [.note], "\(report.differences)")
    }
}

extension FilledStore {
    /// A digest of nothing in it.
    static var other: Digest32 { Digest32.hashing(UnsafeRawBufferPointer(start: nil, count: 0)) }
}

extension Array<UInt8> {
    fileprivate init(_ digest: Digest32) {
        self = []
        digest.append(to: &self)
    }
}
