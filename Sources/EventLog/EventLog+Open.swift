internal import BSON
internal import Glibc
internal import LMDB
internal import Platform

extension EventLog {
    static func beginRead(_ environment: borrowing Environment) throws(LogError) -> ReadTransaction {
        do throws(LMDBError) {
            return try environment.beginRead()
        } catch {
            throw .storage(error)
        }
    }

    static func openEnvironment(
        _ directory: String, _ mark: HighWaterMark?, _ options: LogOptions, _ fileSystem: FileSystem
    ) throws(LogError) -> Environment {
        let environmentOptions = EnvironmentOptions(
            mapBytes: options.mapBytes, maxTables: 8, maxReaders: options.maxReaders,
            synchronous: options.synchronous, readOnly: options.readOnly, withoutLocks: options.withoutLocks)
        let isThere: Bool
        do throws(FileError) {
            isThere = try fileSystem.exists(directory) ? !fileSystem.list(directory).isEmpty : false
        } catch {
            throw .file(error)
        }
        if !isThere, let mark, mark.position > 0, !options.acceptRollback {
            throw .rolledBack(expected: mark, found: .empty)
        }
        let tables = ["records", "meta"] + (options.keepsTree ? ["tree"] : [])
        do throws(LMDBError) {
            if isThere || options.readOnly {
                return try Environment(
                    directory: directory, tables: tables, options: environmentOptions,
                    fileSystem: fileSystem)
            }
            return try Environment.create(
                directory: directory, tables: tables, options: environmentOptions, fileSystem: fileSystem)
        } catch {
            throw .storage(error)
        }
    }

    /// What LMDB itself says of the flags it runs with: acknowledged events rest on them.
    static func checkDurability(_ environment: borrowing Environment, _ options: LogOptions) throws(LogError) {
        let figures: EnvironmentStatistics
        do throws(LMDBError) { figures = try environment.statistics() } catch { throw .storage(error) }
        guard !figures.writeMap, figures.synchronous || !options.synchronous else { throw .notDurable }
    }

    /// The metadata; written where the log is new (or its making was cut short before any record).
    static func loadMetadata(
        _ environment: borrowing Environment, _ table: Table, _ head: LogHead, _ options: LogOptions,
        _ randomness: Randomness, _ identity: LogIdentity?
    ) throws(LogError) -> LogMetadata {
        let machinePageSize = UInt32(clamping: sysconf(Int32(_SC_PAGESIZE)))
        if let metadata = try LogMetadata.load(try beginRead(environment), table) {
            guard metadata.pageSize == machinePageSize else {
                throw .pageSizeDiffers(created: metadata.pageSize, machine: machinePageSize)
            }
            return metadata
        }
        guard head.position == 0, !options.readOnly else { throw .damagedMetadata(key: "format") }
        let metadata = LogMetadata(identity: identity ?? .new(randomness), pageSize: machinePageSize)
        do throws(LMDBError) {
            let transaction = try environment.beginWrite()
            try metadata.store(transaction, table)
            try transaction.commit()
        } catch {
            throw .storage(error)
        }
        return metadata
    }
}

extension HighWaterFile {
    /// Loads the mark; a damaged file counts as missing where that was asked for.
    static func open(
        _ path: String, _ fileSystem: FileSystem, replaceDamaged: Bool
    ) throws(LogError) -> HighWaterFile {
        do throws(LogError) {
            return try HighWaterFile(path: path, fileSystem: fileSystem)
        } catch {
            guard replaceDamaged, case .highWaterDamaged = error else { throw error }
            return HighWaterFile(missing: path, fileSystem: fileSystem)
        }
    }
}

extension LogSnapshot {
    /// The head, after checking the last `tailCount` records.
    func checkedHead(tailCount: UInt64) throws(LogError) -> LogHead {
        guard let last = try last() else { return .empty }
        let from = last.position - min(last.position - 1, tailCount)
        var newest = last.recordedTime.milliseconds
        try read(from: from, through: last.position, order: .backward) { (record) throws(LogError) in
            guard record.recordedTime.milliseconds <= newest else {
                throw .recordedTimeBackwards(position: record.position)
            }
            newest = record.recordedTime.milliseconds
            return true
        }
        return LogHead(last)
    }

    /// Refuses a log that ends before the mark or holds another record there.
    func check(_ mark: HighWaterMark?, _ head: LogHead, acceptRollback: Bool) throws(LogError) {
        guard let mark, mark.position > 0, !acceptRollback else { return }
        guard mark.position <= head.position else { throw .rolledBack(expected: mark, found: head.mark) }
        guard let record = try record(at: mark.position) else { throw .missingRecord(position: mark.position) }
        guard record.leaf == mark.leaf else {
            throw .rolledBack(expected: mark, found: HighWaterMark(position: mark.position, leaf: record.leaf))
        }
    }
}
