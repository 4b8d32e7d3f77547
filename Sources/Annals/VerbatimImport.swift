import Backups
public import EventLog
import LMDB
import Platform
public import Schema
import Views

/// Makes a store of an export's lines, or lets one that is there go on with them: the same records, the same root.
///
/// A new store takes its place when all is there and checked. One that is there is to be tried first (`tryGoingOn`), so that a bad
/// line changes nothing. The lines come one by one, then `finish`, or `abandon`.
public final class VerbatimImport {
    public enum Mode: Sendable { case build, goOn, tryGoingOn }

    public let mode: Mode
    private let name: String
    private let site: RestoringSite
    private let options: StoreOptions
    private var reader: ExportReader
    /// Where the store lies while this goes on.
    private let place: String
    private var lock: LockFile?
    private var existing: EventLog?
    private var builder: LogBuilder?
    private var ring: KeyRing?
    /// Of the log that is there: where it ended.
    private let head: LogHead
    private let headRoot: Digest32
    private var erasing: [ErasingFile.Entry] = []
    /// Ids of keys, each once.
    private var keyIDs: Set<Digest16> = []
    private var ringBytes = 0
    /// Where the log that is there ends.
    public var position: UInt64 { head.position }
    /// A word on a master key that was made.
    public private(set) var masterKeyNotice: String?

    /// Whether there is a log that can be gone on with.
    public static func isThere(_ directory: String, _ fileSystem: FileSystem = .system) throws(StoreError) -> Bool {
        do throws(FileError) { return try fileSystem.exists(directory + "/log") } catch { throw .file(error) }
    }

    /// - `name`: the file's, for messages.
    public init(
        _ name: String, into directory: String, mode: Mode, collections: [any Collection.Type],
        options: StoreOptions = StoreOptions()
    ) throws(StoreError) {
        self.name = name
        self.mode = mode
        self.options = options
        let catalogue: Catalogue
        do { catalogue = try Catalogue(collections, versionInterval: options.versionInterval) } catch {
            throw .catalogue(error)
        }
        site = RestoringSite(target: directory, catalogue: catalogue, options: options)
        guard mode != .build else {
            place = try site.begin()
            (head, headRoot) = (.empty, MerkleTree.emptyRoot)
            reader = ExportReader(name) { $0 == 0 ? MerkleFrontier() : nil }
            return
        }
        place = directory
        var opening = StoreOpening(directory: directory, catalogue: catalogue, options: options)
        lock = try opening.lockDirectory()
        ring = try opening.openKeyRing()
        let log = try opening.openLog(nil)
        existing = log
        head = log.head
        do throws(LogError) { headRoot = try log.snapshot().root(size: log.head.position) } catch { throw .log(error) }
        reader = ExportReader(name) { (size) throws(BackupError) in
            guard size <= log.head.position else { return nil }
            do throws(LogError) { return try log.snapshot().frontier(size: size) } catch { throw .log(error) }
        }
    }

    /// The next line of the export.
    public func add(_ line: UnsafeRawBufferPointer) throws(StoreError) {
        let item: ExportReader.Item
        do throws(BackupError) { item = try reader.read(line) } catch { throw .backup(error) }
        switch item {
        case .chapter: try beginChapter()
        case .record(let record): try record.withRecord { (record) throws(StoreError) in try add(record) }
        case .file(let file, let offset, let bytes): try add(file, offset, bytes)
        }
    }

    private func beginChapter() throws(StoreError) {
        guard let identity = reader.identity else { return }
        if let existing {
            guard existing.identity == identity else {
                throw .backup(.otherLog(backup: identity.origin, log: existing.origin))
            }
            if builder == nil { builder = LogBuilder(existing) }
        } else if builder == nil {
            do throws(BackupError) {
                builder = try LogBuilder(place, identity, options.log, options.fileSystem, options.clock)
            } catch { throw .backup(error) }
        }
    }

    private func add(_ record: Record) throws(StoreError) {
        // What the log has already must be what the export has.
        if record.position == head.position, reader.frontier.root != headRoot {
            throw .backup(.diverged(position: head.position, backup: reader.frontier.root, log: headRoot))
        }
        guard record.position > head.position else { return }
        if let keyID = record.personKeyID { try check(keyID) }
        note(erasuresOf: record)
        guard mode != .tryGoingOn, let builder else { return }
        do throws(BackupError) { _ = try builder.add(record) } catch { throw .backup(error) }
    }

    /// The ring that is there must have the key, or end before it.
    private func check(_ keyID: Digest16) throws(StoreError) {
        guard keyIDs.insert(keyID).inserted, let ring else { return }
        do throws(KeyRingError) {
            guard try ring.fits(keyID) else { throw .missingKey(keyID) }
        } catch { throw .keys(error) }
    }

    private func note(erasuresOf record: Record) {
        guard let resolved = record.resolved else { return }
        Erasure.forEach(in: resolved) { erasure in
            let keyID = erasure.keyID.withUnsafeBytes { Digest16($0) }
            if keyID != .zero { erasing.append(ErasingFile.Entry(position: record.position, keyID: keyID)) }
        }
    }

    private func add(_ file: String, _ offset: Int, _ bytes: [UInt8]) throws(StoreError) {
        let isRing = file == "keys/ring"
        if isRing, let ring {
            guard mode == .goOn else { return }
            do throws(KeyRingError) { return try ring.merge(bytes, at: offset) } catch { throw .keys(error) }
        }
        guard mode == .build else { return }
        guard offset == (isRing ? ringBytes : 0) else {
            throw .backup(.damaged(path: name, problem: "a piece of \(file) is missing before byte \(offset)"))
        }
        if isRing { ringBytes += bytes.count }
        do throws(FileError) {
            try options.fileSystem.makeDirectories(place + "/keys")
            try options.fileSystem.overwrite(place + "/" + file, offset, bytes)
        } catch { throw .file(error) }
    }

    /// All lines were given: what they said is made to be. A trial makes nothing.
    public func finish() throws(StoreError) -> VerbatimReport {
        do throws(BackupError) { try reader.finish() } catch { throw .backup(error) }
        let (position, root) = (reader.frontier.size, reader.frontier.root)
        let report = VerbatimReport(
            identity: reader.identity ?? LogIdentity(origin: .zero), position: max(position, head.position),
            root: position >= head.position ? root : headRoot,
            newEvents: position > head.position ? position - head.position : 0, hasKeys: ringBytes > 0 || mode != .build
        )
        guard mode != .tryGoingOn else {
            letGo()
            return report
        }
        var opening = StoreOpening(directory: place, catalogue: site.catalogue, options: options)
        try writeErasing()
        do throws(BackupError) { try builder?.finish(root: report.root) } catch { throw .backup(error) }
        let keys = if let ring { ring } else { try opening.openKeyRing() }
        masterKeyNotice = opening.masterKeyNotice
        do throws(KeyRingError) {
            for keyID in keyIDs { try keys.addDestroyed(through: keyID) }
        } catch { throw .keys(error) }
        if mode == .build {
            do throws(LogError) {
                _ = try RequestKeys(
                    path: place + "/keys/requests", createIfMissing: true, fileSystem: options.fileSystem,
                    randomness: options.randomness)
            } catch { throw .log(error) }
        }
        letGo()
        // Opening ends the erasures, and folds what is new.
        try site.makeViews(place, report.position, report.root)
        if mode == .build { try site.commit() }
        return report
    }

    private func writeErasing() throws(StoreError) {
        guard !erasing.isEmpty else { return }
        do throws(FileError) {
            try options.fileSystem.makeDirectories(place + "/keys")
            try ErasingFile(directory: place, fileSystem: options.fileSystem).write(erasing)
        } catch { throw .file(error) }
    }

    /// Nothing is made; what was begun is removed.
    public func abandon() {
        letGo()
        if mode == .build { site.abandon() }
    }

    /// The environment closes with its last owner.
    private func letGo() {
        builder = nil
        existing = nil
        ring = nil
        lock = nil
        reader = ExportReader(name) { _ in nil }
    }
}

/// What an import made.
public struct VerbatimReport: Sendable {
    public let identity: LogIdentity
    public let position: UInt64
    public let root: Digest32
    /// Events that were not there before.
    public let newEvents: UInt64
    /// Whether what is sealed can be read.
    public let hasKeys: Bool
}
