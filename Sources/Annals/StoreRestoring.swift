public import Backups
public import EventLog
import LMDB
import Platform
public import Schema
import Views

/// What a restore made.
public struct RestoreReport: Sendable {
    /// The log's identity: the backup's own, or a new one whose last ancestor is the backup's.
    public let identity: LogIdentity
    /// Where the log ends, the root over it, and when that was recorded.
    public let survey: BackupSurvey
    public let masterKey: BackupManifest.MasterKeyPlace
    /// Whether the backup's views were taken; else they were made anew.
    public let tookViews: Bool
    /// Its views beside what they were when the backup was made; `nil` where it says nothing of them at that position. Where
    /// any differs, the log is the backup's all the same, and the store is there.
    public let views: ViewComparison?
}

extension Store {
    /// Makes a store of a backup, whole or not at all, in a directory that is empty or not there: every byte is checked
    /// first, the log is read back, the views are made anew from it, unless the backup has them for just this position.
    ///
    /// Restored to an earlier position than the backup's last, or with `startsNewLog`, it is a log of its own that names the
    /// one it continues. Persons erased by any event that the backup has stay erased. No timer fires.
    public static func restore(
        _ backup: String, to directory: String, _ point: RestorePoint = .end, startsNewLog: Bool = false,
        collections: [any Collection.Type], options: StoreOptions = StoreOptions(),
        onProgress: @escaping @Sendable (_ what: String, _ position: UInt64, _ through: UInt64) -> Void = { _, _, _ in }
    ) throws(StoreError) -> RestoreReport {
        let catalogue: Catalogue
        do { catalogue = try Catalogue(collections, versionInterval: options.versionInterval) } catch {
            throw .catalogue(error)
        }
        let reader: BackupReader
        let survey: BackupSurvey
        do throws(BackupError) {
            reader = try BackupReader(backup, fileSystem: options.fileSystem)
            survey = try reader.survey(point) { onProgress("checked", $0, $1) }
        } catch { throw .backup(error) }
        let site = RestoringSite(target: directory, catalogue: catalogue, options: options)
        var restorer = BackupRestorer(reader, survey)
        restorer.onProgress = { onProgress("restored", $0, $1) }
        let identity = restorer.identity(startsNewLog: startsNewLog, options.randomness)
        let takesViews = survey.isWhole && reader.manifest.hasViews
        let names = Set(reader.manifest.files.map(\.name))
        var comparison: ViewComparison?
        try site.make { (temporary) throws(StoreError) in
            do throws(BackupError) {
                if case .inDirectory = options.masterKey, names.contains("keys/ring"), !names.contains("keys/master") {
                    throw .noMasterKey
                }
                try restorer.restoreFiles(to: temporary) { name in
                    // What signs for the old log must not sign for the new one.
                    if name == "views/data.mdb" { return survey.isWhole }
                    if name.hasPrefix("keys/log-signing") { return identity == reader.manifest.identity }
                    if case .inDirectory = options.masterKey { return true }
                    return name != "keys/master"
                }
            } catch { throw .backup(error) }
            try site.checkKeys(temporary)
            do throws(BackupError) {
                try restorer.restoreLog(
                    to: temporary, identity: identity, options: options.log, clock: options.clock)
            } catch { throw .backup(error) }
            // Their bytes are those that were copied: as good as after a clean stop.
            if takesViews { try StoreOpening.mark(.clean, temporary, options) }
            let views = try site.makeViews(temporary, survey.position, survey.root)
            let kept = reader.manifest.views(at: survey.position)
            if !kept.isEmpty { comparison = ViewComparison(kept, views) }
        }
        return RestoreReport(
            identity: identity, survey: survey, masterKey: reader.manifest.masterKey, tookViews: takesViews,
            views: comparison)
    }
}

/// Where a store is made as a whole: beside its place, under another name.
struct RestoringSite {
    let target: String
    let catalogue: Catalogue
    let options: StoreOptions

    /// Says that a directory is what a restore left that was cut short.
    private static let mark = "/RESTORING"

    private var path: String { FileSystem.withoutTrailingSlashes(target) }
    private var temporary: String { path + ".restoring" }

    /// - Returns: where to make it.
    func begin() throws(StoreError) -> String {
        do throws(BackupError) { try prepare(path, temporary) } catch { throw .backup(error) }
        return temporary
    }

    /// It takes its place.
    func commit() throws(StoreError) {
        do throws(FileError) {
            try options.fileSystem.renameDurably(temporary, path)
            try options.fileSystem.remove(path + Self.mark)
        } catch { throw .file(error) }
    }

    /// What went wrong first is what is reported; leftovers are removed by the next attempt.
    func abandon() { try? options.fileSystem.removeTree(temporary) }

    func make(_ body: (_ temporary: String) throws(StoreError) -> Void) throws(StoreError) {
        let temporary = try begin()
        do throws(StoreError) {
            try body(temporary)
            try commit()
        } catch {
            abandon()
            throw error
        }
    }

    private func prepare(_ target: String, _ temporary: String) throws(BackupError) {
        let files = options.fileSystem
        let (isFree, isLeftOver): (Bool, Bool)
        do throws(FileError) {
            let status = try files.status(target)
            let names = status?.kind == .directory ? try files.list(target) : []
            isFree = status == nil || (status?.kind == .directory && names.isEmpty)
            let (isThere, isMarked) = (try files.exists(temporary), try files.exists(temporary + Self.mark))
            isLeftOver = !isThere || isMarked
        } catch { throw .file(error) }
        guard isFree else { throw .notEmpty(path: target) }
        guard isLeftOver else { throw .notEmpty(path: temporary) }
        do throws(FileError) {
            try files.removeTree(temporary)
            try files.makeDirectories(temporary)
            try files.writeWhole(temporary + Self.mark, [])
        } catch { throw .file(error) }
    }

    /// Before anything large is done: the master key opens the ring.
    func checkKeys(_ directory: String) throws(StoreError) {
        var opening = StoreOpening(directory: directory, catalogue: catalogue, options: options)
        _ = try opening.existingKeyRing()
    }

    /// Opens the store, which folds the log, and holds what came of it against what is expected. Gives the views' roots.
    @discardableResult
    func makeViews(_ directory: String, _ position: UInt64, _ root: Digest32) throws(StoreError)
        -> [BackupManifest.View]
    {
        var options = options
        options.firesTimers = false
        options.checkpoints.seconds = 0
        let store = try Store(directory: directory, catalogue: catalogue, options: options)
        let head: Checkpoints.Head
        let views: [BackupManifest.View]
        do throws(StoreError) { (head, views) = try Self.outcome(store) } catch {
            try? store.close()
            throw error
        }
        try store.close()
        guard head.size == position, head.root == root else {
            throw .backup(.notEqual(position: position, expected: root, found: head.root))
        }
        return views
    }

    private static func outcome(_ store: Store) throws(StoreError) -> (Checkpoints.Head, [BackupManifest.View]) {
        let head: Checkpoints.Head
        do throws(CheckpointError) { head = try store.logHead() } catch { throw .checkpoint(error) }
        do throws(LMDBError) { return (head, try store.snapshot().viewsForBackup()) } catch { throw .views(error) }
    }
}
