public import Backups
import EventLog
import LMDB
import Platform
import Proofs
public import Schema
import Views

/// What a backup takes along, and who is told how far it is.
public struct BackupOptions: Sendable {
    /// `keys/master` stays where it is: what the backup holds of persons opens with a copy kept elsewhere alone.
    public var leavesMasterKeyOut = false
    /// The key that signs checkpoints goes along. Whoever has the backup can then sign for the log.
    public var includesSigningKey = false
    /// The views go along, so that a restore to the end need not make them anew. They hold what is personal in clear, and the
    /// copy holds a snapshot for as long as it takes: pages freed meanwhile are not used again. Not for a directory that
    /// nobody has open.
    public var includesViews = false
    /// What a segment has at most, but for one record.
    public var segmentBytes = 16 << 20
    /// Position, and up to which; false: it is broken off.
    public var onProgress: @Sendable (_ position: UInt64, _ through: UInt64) -> Bool = { _, _ in true }

    public init() {}
}

extension Store {
    /// Backs up all that the views hold now, while appends go on. Blocks its thread; holds no transaction for longer than a
    /// piece of the log takes to copy.
    public func backUp(to path: String, _ backup: BackupOptions = BackupOptions()) throws(StoreError) -> BackupReport {
        let newest: SignedNote?
        do throws(CheckpointError) { newest = try newestCheckpoint() } catch { throw .checkpoint(error) }
        return try options.backUp(to: path, backup) { (viewsCopy) throws(BackupError) in
            let head: Checkpoint
            let roots: [BackupManifest.View]
            var takesViews = false
            do throws(LMDBError) {
                // Views are committed once the keys of whom their events erase are gone.
                if backup.includesViews {
                    (head, roots, takesViews) = try copyViews(to: viewsCopy)
                } else {
                    let snapshot = try snapshot()
                    (head, roots) = (snapshot.checkpoint, try snapshot.viewsForBackup())
                }
            } catch { throw .views(error) }
            var source = BackupSource(
                log: log, position: head.position,
                subtree: { (subtree) throws(LogError) in
                    do throws(LMDBError) { return try self.snapshot().subtreeHash(subtree) } catch {
                        throw .storage(error)
                    }
                }, files: options.backupFiles(directory, backup),
                ring: { (offset, count) throws(KeyRingError) in try self.log.keys?.bytes(at: offset, count) ?? [] })
            source.root = head.frontier.root
            source.views = roots
            if takesViews { source.viewsCopy = viewsCopy + "/data.mdb" }
            options.describe(&source, newest, backup)
            return source
        }
    }

    /// - Returns: where the copy is, the roots of its views, and whether nothing is left in it of whom was erased: in slots that do not serve, or in
    ///   keys that only the upper pages still have.
    private func copyViews(to path: String) throws(LMDBError) -> (Checkpoint, [BackupManifest.View], isClean: Bool) {
        if try views.isUnscrubbed() { try views.scrub() }
        try views.copy(to: path, fileSystem: options.fileSystem)
        var reading = options.views
        reading.readOnly = true
        let copy = try ViewStore(
            directory: path, catalogue: catalogue, options: reading, fileSystem: options.fileSystem)
        let snapshot = try copy.snapshot()
        return (snapshot.checkpoint, try snapshot.viewsForBackup(), try !copy.isUnscrubbed())
    }

    /// Backs up a directory that no process has open, as far as its log goes. Reads the whole log; changes nothing in it.
    ///
    /// `collections`: whose roots go along, where the views are as far as the log, and trusted.
    public static func backUp(
        directory: String, to path: String, collections: [any Collection.Type] = [],
        options: StoreOptions = StoreOptions(), _ backup: BackupOptions = BackupOptions()
    ) throws(StoreError) -> BackupReport {
        let (log, lock) = try readOnly(directory, options)
        defer { withExtendedLifetime(lock) {} }
        let newest: SignedNote?
        do throws(CheckpointError) {
            newest = try KeptCheckpoints(directory: directory, fileSystem: options.fileSystem).newest()
        } catch { throw .checkpoint(error) }
        let fileSystem = options.fileSystem
        let ring = directory + "/keys/ring"
        var source = BackupSource(
            log: log, position: log.head.position, subtree: { _ throws(LogError) in nil },
            files: options.backupFiles(directory, backup),
            ring: { (offset, count) throws(KeyRingError) in
                do throws(FileError) { return try fileSystem.read(ring, offset, count) } catch { throw .file(error) }
            })
        if !collections.isEmpty {
            source.views = try viewsForBackup(directory, collections, options, at: log.head.position)
        }
        source.pendingErasures = try ErasingFile(directory: directory, fileSystem: fileSystem).pending(log)
        options.describe(&source, newest, backup)
        return try options.backUp(to: path, backup) { _ in source }
    }
}

extension StoreOptions {
    fileprivate func backupFiles(_ directory: String, _ backup: BackupOptions) -> [BackupSource.File] {
        func file(_ name: String, at path: String? = nil) -> BackupSource.File {
            BackupSource.File(name: name, path: path ?? directory + "/" + name)
        }
        var files = [file("keys/requests"), file("keys/api")]
        if case .inDirectory = masterKey, !backup.leavesMasterKeyOut { files.append(file("keys/master")) }
        if backup.includesSigningKey {
            let path = checkpoints.signingKey ?? directory + "/keys/log-signing"
            files += [file("keys/log-signing", at: path), file("keys/log-signing.pub", at: path + ".pub")]
        }
        return files
    }

    fileprivate func describe(_ source: inout BackupSource, _ newest: SignedNote?, _ backup: BackupOptions) {
        source.masterKey =
            if case .inDirectory = masterKey { backup.leavesMasterKeyOut ? .leftOut : .included } else { .elsewhere }
        guard let newest, let checkpoint = try? LogCheckpoint(newest) else { return }
        source.logName = checkpoint.origin
        if checkpoint.size <= source.position { source.checkpoint = "\(newest)" }
    }

    fileprivate func backUp(
        to path: String, _ backup: BackupOptions, _ make: (_ viewsCopy: String) throws(BackupError) -> BackupSource
    ) throws(StoreError) -> BackupReport {
        var writer = BackupWriter(path, fileSystem: fileSystem, clock: clock)
        writer.segmentBytes = backup.segmentBytes
        writer.onProgress = backup.onProgress
        do throws(BackupError) { return try writer.run(make) } catch { throw .backup(error) }
    }
}
