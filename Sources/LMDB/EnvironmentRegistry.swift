internal import Platform
internal import Synchronization

/// The environments open in this process, by what tells their files apart.
///
/// LMDB forbids opening one twice in a process: its locks belong to the process, and closing any of two descriptors
/// drops them. Paths do not tell: links and mounts may lead to the same files. Only `stat` is used to look, since
/// even opening and closing the lock file would drop the locks.
enum EnvironmentRegistry {
    /// Held while one is opened or closed, so that two openings cannot both find nothing.
    static let files = Mutex<Set<FileIdentity>>([])

    static func dataPath(_ directory: String) -> String { directory + "/data.mdb" }
    static func lockPath(_ directory: String) -> String { directory + "/lock.mdb" }

    /// The files of an environment that exist now.
    static func identities(of directory: String, _ fileSystem: FileSystem) throws(LMDBError) -> [FileIdentity] {
        do throws(FileError) {
            var found: [FileIdentity] = []
            for path in [dataPath(directory), lockPath(directory)] {
                if let status = try fileSystem.status(path) { found.append(status.identity) }
            }
            return found
        } catch {
            throw LMDBError(error)
        }
    }
}
