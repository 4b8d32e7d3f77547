internal import EventLog
internal import Platform

/// A backup's directory:
///
///     manifest.json                  what counts
///     segments/FIRST-LAST            records, as they lie in the log
///     keys/ring.GENERATION, …        files beside the log, as of the last run
///     views/data.mdb.GENERATION      the views, where they were asked for
///     LOCK                           flock while one writes
struct BackupDirectory {
    let path: String
    let fileSystem: FileSystem

    private static let manifestName = "manifest.json"
    private static let parts = ["segments", "keys", "views"]
    private static let lockName = "LOCK"
    static let unfinished = ".new"
    private static let viewsCopyName = "copy"

    /// Where a copy of the views is made, before it is named.
    var viewsCopyPath: String { path + "/views/" + Self.viewsCopyName }
    var manifestPath: String { path + "/" + Self.manifestName }

    /// Makes it where it is missing; nobody else writes while the lock lives.
    func open() throws(BackupError) -> LockFile {
        try BackupError.files { () throws(FileError) in try fileSystem.makeDirectories(path) }
        try checkIsOurs()
        let lock = try lock()
        try BackupError.files { () throws(FileError) in
            for part in Self.parts { try fileSystem.makeDirectories(path + "/" + part) }
        }
        return lock
    }

    private func lock() throws(BackupError) -> LockFile {
        do throws(FileError) { return try fileSystem.lock(path + "/" + Self.lockName) } catch {
            throw error.isWouldBlock ? .inUse(path: path) : .file(error)
        }
    }

    /// What a run that was cut short leaves is ours too.
    private func checkIsOurs() throws(BackupError) {
        let known = [Self.manifestName, Self.manifestName + Self.unfinished, Self.lockName] + Self.parts
        let names = try BackupError.files { () throws(FileError) in try fileSystem.list(path) }
        guard names.allSatisfy({ known.contains($0) }) else { throw .notEmpty(path: path) }
        guard !names.contains(Self.manifestName) else { return }
        for part in Self.parts where names.contains(part) {
            let inside = try BackupError.files { () throws(FileError) in try fileSystem.list(path + "/" + part) }
            guard inside.allSatisfy({ Self.isOurs($0, in: part) }) else { throw .notEmpty(path: path + "/" + part) }
        }
    }

    /// Whether a run names files so.
    private static func isOurs(_ name: String, in part: String) -> Bool {
        let name = name.hasSuffix(unfinished) ? String(name.dropLast(unfinished.count)) : name
        func isNumber(_ text: some StringProtocol) -> Bool {
            !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        if part == "segments" {
            let words = name.split(separator: "-", omittingEmptySubsequences: false)
            return words.count == 2 && words.allSatisfy { $0.utf8.count == 20 && isNumber($0) }
        }
        if part == "views", name == viewsCopyName { return true }
        guard let dot = name.lastIndex(of: ".") else { return false }
        return isNumber(name[name.index(after: dot)...]) && KeyFiles.all.contains("\(part)/\(name[..<dot])")
    }

    /// nil where nothing counts yet.
    func manifest() throws(BackupError) -> BackupManifest? {
        let bytes = try BackupError.files { () throws(FileError) in
            try fileSystem.exists(manifestPath) ? try fileSystem.readWhole(manifestPath) : nil
        }
        guard let bytes else { return nil }
        return try BackupManifest(bytes, path: manifestPath)
    }

    /// From now on this counts.
    func replaceManifest(_ manifest: BackupManifest) throws(BackupError) {
        try BackupError.files { () throws(FileError) in
            for part in Self.parts { try fileSystem.synchronize(path + "/" + part) }
            try fileSystem.writeAtomically(manifestPath, manifest.bytes)
        }
        guard try self.manifest() == manifest else {
            throw .damaged(path: manifestPath, problem: "it does not read back as it was written")
        }
    }

    /// Removes what earlier runs made and the manifest does not name. What says who somebody is, is overwritten first, as
    /// far as the file system lets it be.
    func removeStrays(beside manifest: BackupManifest?) throws(BackupError) {
        let named = manifest?.names ?? []
        try BackupError.files { () throws(FileError) in
            for part in Self.parts {
                for name in try fileSystem.list(path + "/" + part)
                where !named.contains("\(part)/\(name)") && Self.isOurs(name, in: part) {
                    let stray = "\(path)/\(part)/\(name)"
                    if part != "segments", let status = try fileSystem.status(stray), status.kind == .file {
                        try overwrite(stray, status.byteCount)
                    }
                    try fileSystem.removeTree(stray)
                }
                try fileSystem.synchronize(path + "/" + part)
            }
        }
    }

    private func overwrite(_ file: String, _ byteCount: Int) throws(FileError) {
        var offset = 0
        while offset < byteCount {
            let count = min(KeyRing.pieceBytes, byteCount - offset)
            try fileSystem.overwrite(file, offset, [UInt8](repeating: 0, count: count))
            offset += count
        }
    }
}
