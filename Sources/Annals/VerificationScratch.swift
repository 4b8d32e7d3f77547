import Platform

/// Where `replay verify` folds a directory's log anew: `DIR/verify`. It holds what the views hold, in clear, and nobody
/// erases anything there: a run removes it, and what one leaves that was killed goes with the next opening or erasure.
struct VerificationScratch {
    let path: String
    let fileSystem: FileSystem

    init(path: String, fileSystem: FileSystem) {
        self.path = path
        self.fileSystem = fileSystem
    }

    init(inStore directory: String, fileSystem: FileSystem) {
        self.init(path: Store.verificationScratch(of: directory), fileSystem: fileSystem)
    }

    private var lockPath: String { path + ".lock" }

    /// Held by the one that folds there.
    func lock() throws(FileError) -> LockFile { try fileSystem.lock(lockPath) }

    /// Removes the lock file with what it guards; another run makes its own.
    func unlock(_ lock: consuming LockFile) {
        try? fileSystem.remove(lockPath)
        withExtendedLifetime(lock) {}
    }

    func remove() throws(FileError) { try fileSystem.removeTree(path) }

    /// Removes what a run left there, if none is under way.
    func removeLeft() throws(FileError) {
        let (isThere, isLockThere) = (try fileSystem.exists(path), try fileSystem.exists(lockPath))
        guard isThere || isLockThere else { return }
        let lock: LockFile
        do throws(FileError) { lock = try self.lock() } catch {
            if error.isWouldBlock { return }
            throw error
        }
        defer { unlock(lock) }
        try remove()
    }
}

extension Store {
    /// Where `replay verify` folds the log of a directory anew.
    public static func verificationScratch(of directory: String) -> String { directory + "/verify" }

    /// Removes what a verification left there that was killed, if none is under way: it may hold what is erased later.
    public static func removeLeftVerification(of directory: String, fileSystem: FileSystem = .system)
        throws(FileError)
    {
        try VerificationScratch(inStore: directory, fileSystem: fileSystem).removeLeft()
    }
}
