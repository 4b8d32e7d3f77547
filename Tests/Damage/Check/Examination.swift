import Annals
import Backups
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Proofs
import Schema
import Synchronization
import Views

/// What is made of a change, by who checks and by who serves.
struct Examination {
    enum Finding {
        /// Told by a verdict, or by a refusal.
        case found(String)
        /// Everything that can be read is what it was.
        case withoutContent
        /// It is altered, and nobody said so.
        case missed(String)
    }

    let site: Site
    private let content: Content
    private let position: UInt64
    private let export: Exported
    private let proofs: [String: Document]
    private let notes: [String: [SignedNote]]

    /// Of a site that is sound yet, which it says.
    init(_ site: Site) throws {
        self.site = site
        content = try Content(site)
        let report = try Self.verify(site)
        guard report.isSound, report.viewsPosition == report.position else {
            throw Failed("it is not sound to begin with: \(report.differences.prefix(3))")
        }
        position = report.position
        export = try Exported(site.path("export"))
        var proofs: [String: Document] = [:]
        for file in site.files[.proofs] ?? [] { proofs[file.name] = try Self.proven(file.name, site) }
        self.proofs = proofs
        var notes: [String: [SignedNote]] = [:]
        for file in site.files[.notes] ?? [] { notes[file.name] = try NoteFile(path: site.path(file.name)).read() }
        self.notes = notes
        _ = try BackupReader(site.path("backup")).survey()
    }

    private static func verify(_ site: Site) throws -> VerificationReport {
        try Store.verify(
            directory: site.path("store"), collections: allCollections, options: Site.options(),
            scratch: site.path("scratch"))
    }

    /// `stage`: told before what may end the process.
    func look(at change: Change, stage: (String) -> Void) -> Finding {
        stage("check")
        do {
            switch change.place {
            case .log, .views:
                let report = try Self.verify(site)
                if let first = report.differences.first { return .found("\(first.kind) \(first.collection)") }
                if report.position != position || report.viewsPosition != position { return .found("position") }
                stage("content")
                let differing = content.differing(from: try Content(site))
                return differing.isEmpty ? .withoutContent : .missed("\(differing)")
            case .notes:
                let report = try Self.verify(site)
                if !report.isSound { return .found("note") }
                let read = try NoteFile(path: site.path(change.file)).read()
                return read == notes[change.file] ? .withoutContent : .missed("other notes")
            case .backup:
                _ = try BackupReader(site.path("backup")).survey()
                return .missed("the backup is called sound")
            case .export:
                return try Exported(site.path("export")) == export ? .withoutContent : .missed("other lines")
            case .proofs:
                let proven = try Self.proven(change.file, site)
                return proven == proofs[change.file] ? .withoutContent : .missed("it proves something else")
            }
        } catch { return .found("refused: \(type(of: error))") }
    }

    /// What `annals verify-proof` does, with the key and a checkpoint that were kept elsewhere.
    private static func proven(_ file: String, _ site: Site) throws -> Document {
        func text(_ name: String) throws -> [UInt8] { try FileSystem.system.readWhole(site.path(name)) }
        let key = try NoteKey(String(decoding: try text("key"), as: UTF8.self))
        let document = try JSON.parse(try text(file), extended: false)
        if document["format"] == .string(ExtensionProof.format) {
            let (older, newer) = try ExtensionProof(document).check(
                against: try SignedNote(try text("older.note")), key: key)
            return [
                "from": .int64(Int64(older.size)), "to": .int64(Int64(newer.size)), "root": .string("\(newer.root)"),
            ]
        }
        return try EventProof(document).check(against: try SignedNote(try text("trusted.note")), key: key).document
    }

    // MARK: Serving

    enum Service {
        case refused(String)
        /// So many records were read, all as they were; then an error, or the end.
        case asItWas(Int)
        case altered(position: UInt64)
    }

    /// Opens what a damaged log leaves as a server does, in a copy, and reads it all: whatever comes out is what went in.
    func serve() -> Service {
        do {
            let copy = site.path("served")
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.createDirectory(atPath: copy + "/log", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: site.path("store/keys"), toPath: copy + "/keys")
            for name in ["log/data.mdb", "high-water"] {
                try FileManager.default.copyItem(atPath: site.path("store/" + name), toPath: copy + "/" + name)
            }
            let store = try Store(directory: copy, collections: allCollections, options: Site.options())
            defer { try? store.close() }
            var count = 0
            var altered: UInt64?
            do {
                try store.log.read { record in
                    guard record.position <= export.leaves.count,
                        export.leaves[Int(record.position) - 1] == Digest32.hashing(record.bytes)
                    else {
                        altered = record.position
                        return false
                    }
                    count += 1
                    return true
                }
            } catch {}
            if let altered { return .altered(position: altered) }
            return .asItWas(count)
        } catch { return .refused("\(type(of: error))") }
    }
}

/// What an export says: which log, every record, every piece of the files beside it.
struct Exported: Equatable {
    private(set) var leaves: [Digest32] = []
    private var files: [String] = []
    private var origin: LogIdentity?
    private var root: Digest32

    init(_ path: String) throws {
        let reader = ExportReader(path) { $0 == 0 ? MerkleFrontier() : nil }
        for line in try FileSystem.system.readWhole(path).split(separator: UInt8(ascii: "\n")) {
            switch try line.withUnsafeBytes({ try reader.read($0) }) {
            case .chapter: break
            case .record(let record): leaves.append(record.withRecord { Digest32.hashing($0.bytes) })
            case .file(let name, let offset, let bytes):
                files.append("\(name) \(offset) \(bytes.withUnsafeBytes { Digest32.hashing($0) })")
            }
        }
        try reader.finish()
        origin = reader.identity
        root = reader.frontier.root
    }
}
