internal import Glibc
public import Platform

extension Environment {
    /// Makes a new environment so that a crash at any moment leaves none or a whole one, and opens it.
    ///
    /// LMDB's own creation is not crash-safe. So: make `directory.new` beside it, commit the tables there, flush file
    /// and directory, rename, flush the parent. Leftovers of an earlier attempt are removed first.
    /// - Throws: EEXIST or ENOTEMPTY if `directory` exists and is not an empty directory; then it is left as it was.
    public static func create(
        directory: String, tables: [String], options: EnvironmentOptions, fileSystem: FileSystem = .system
    ) throws(LMDBError) -> Environment {
        let target = FileSystem.withoutTrailingSlashes(directory)
        var making = options
        making.readOnly = false
        // The tables are few pages; a small map avoids a file of the map's length, which MDB_WRITEMAP would make.
        making.writeMap = false
        try fileSystem.makeWhole(target) { (temporary) throws(LMDBError) in
            let core = try EnvironmentCore.open(
                directory: temporary, tables: tables, options: making, creating: true, fileSystem: fileSystem)
            try check(core.flush(), "mdb_env_sync", temporary)
            // Closed when `core` goes, at the end of this body: before the file is flushed and renamed.
            _ = consume core
        }
        return try Environment(directory: directory, tables: tables, options: options, fileSystem: fileSystem)
    }

    /// Opens the environment, or creates it if the directory is missing or empty.
    public static func openOrCreate(
        directory: String, tables: [String], options: EnvironmentOptions, fileSystem: FileSystem = .system
    ) throws(LMDBError) -> Environment {
        let isThere: Bool
        do throws(FileError) {
            isThere = try fileSystem.exists(directory) ? !fileSystem.list(directory).isEmpty : false
        } catch {
            throw LMDBError(error)
        }
        if isThere {
            return try Environment(directory: directory, tables: tables, options: options, fileSystem: fileSystem)
        }
        return try create(directory: directory, tables: tables, options: options, fileSystem: fileSystem)
    }
}

extension FileSystem {
    /// Makes a directory with an environment in it, whole or not at all: the body fills a temporary sibling, which is
    /// flushed and takes the name.
    func makeWhole(
        _ target: String, _ fill: (_ temporary: String) throws(LMDBError) -> Void
    ) throws(LMDBError) {
        let temporary = target + ".new"
        do throws(FileError) {
            try checkFree(target)
            try removeTree(temporary)
            try makeDirectory(temporary)
        } catch {
            throw LMDBError(error)
        }
        do throws(LMDBError) {
            try fill(temporary)
            do throws(FileError) {
                try synchronize(EnvironmentRegistry.dataPath(temporary))
                try synchronize(temporary)
                try renameDurably(temporary, target)
            } catch {
                throw LMDBError(error)
            }
        } catch {
            // What went wrong first is what to report; leftovers are removed by the next attempt.
            try? removeTree(temporary)
            throw error
        }
    }

    private func checkFree(_ target: String) throws(FileError) {
        guard let status = try status(target) else { return }
        guard status.kind == .directory else {
            throw FileError(operation: "create environment", path: target, errno: EEXIST)
        }
        guard try list(target).isEmpty else {
            throw FileError(operation: "create environment", path: target, errno: ENOTEMPTY)
        }
    }
}
