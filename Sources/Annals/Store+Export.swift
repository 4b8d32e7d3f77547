public import Backups
import EventLog
import LMDB
import Platform
import Schema
import Views

extension Store {
    /// The log as lines, chapter by chapter, up to what the views hold.
    public var exporter: LogExporter {
        LogExporter(log) { (subtree) throws(LogError) in
            do throws(LMDBError) { return try self.snapshot().subtreeHash(subtree) } catch { throw .storage(error) }
        }
    }

    /// Gives the log of a directory that no process has open to `body`, as lines, chapter by chapter.
    ///
    /// - `from`, `through`: positions; `nil`: the last.
    /// - `withKeys`: the ring and the key of request hashes first. The ring is wrapped by the master key, which stays here.
    /// - Throws: ``StoreError``, and what `body` throws.
    public static func export(
        directory: String, from: UInt64, through: UInt64?, withKeys: Bool, options: StoreOptions = StoreOptions(),
        _ body: ([UInt8]) throws -> Void
    ) throws {
        let (log, lock) = try readOnly(directory, options)
        defer { withExtendedLifetime(lock) {} }
        let end = log.head.position
        let through = through ?? end
        guard from >= 1, through <= end, from <= through + 1 else {
            throw StoreError.backup(.beyondEnd(asked: max(from, through), end: end))
        }
        if withKeys { try keyLines(of: directory, options.fileSystem, body) }
        var exporter = LogExporter(log)
        var next = from
        repeat {
            let chapter: (text: [UInt8], next: UInt64)
            do throws(BackupError) { chapter = try exporter.chapter(from: next, through: through) } catch {
                throw StoreError.backup(error)
            }
            try body(chapter.text)
            next = chapter.next
        } while next <= through
    }

    /// The lines of the ring, wrapped as it is, and of the key of request hashes.
    static func keyLines(of directory: String, _ fileSystem: FileSystem, _ body: ([UInt8]) throws -> Void) throws {
        for name in ["keys/ring", "keys/requests"] {
            try LogExporter.lines(
                of: name,
                { (offset, count) throws(KeyRingError) in
                    do throws(FileError) { return try fileSystem.read(directory + "/" + name, offset, count) } catch {
                        throw .file(error)
                    }
                }, body)
        }
    }

    /// The log of a directory that no process has open, and the lock that keeps it so.
    static func readOnly(_ directory: String, _ options: StoreOptions) throws(StoreError) -> (EventLog, LockFile) {
        var options = options
        options.log.readOnly = true
        // It is read whole.
        options.log.verifiedTailCount = 0
        // What the events mean is not asked.
        let catalogue: Catalogue
        do { catalogue = try Catalogue([]) } catch { throw .catalogue(error) }
        var opening = StoreOpening(directory: directory, catalogue: catalogue, options: options)
        let lock = try opening.lockDirectory()
        return (try opening.openLog(nil), lock)
    }
}
