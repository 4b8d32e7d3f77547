internal import CLMDB
internal import Glibc

extension EnvironmentCore {
    /// LMDB asserts on pages that make no sense, and ends the process. Says before that what has happened, and to which
    /// environment. (Nothing, in a library compiled without assertions.)
    static func reportAssertions(_ environment: OpaquePointer) throws(LMDBError) {
        let code = mdb_env_set_assert(environment) { environment, message in
            var directory: UnsafePointer<CChar>?
            _ = mdb_env_get_path(environment, &directory)
            let place = directory.map { String(cString: $0) } ?? "an environment"
            let reason = message.map { String(cString: $0) } ?? "no reason given"
            let line = Array("LMDB found \(place) damaged and ends the process: \(reason)\n".utf8)
            // Nothing to be done where standard error is closed.
            _ = write(2, line, line.count)
        }
        try check(code, "mdb_env_set_assert")
    }
}
