internal import CLMDB
internal import Glibc
public import Platform

extension Environment {
    /// Reserves disk blocks for so many bytes past the last page used, so that writing them cannot meet a full disk.
    ///
    /// Meant for `writeMap`, where that would be a signal instead of an error. Call it before a write transaction with
    /// more than the transaction can write. Reserving again what is reserved costs one system call.
    /// - Throws: ENOSPC, before anything is reserved, if the volume has less free; or another errno.
    public func reserveSpace(byteCount: Int, fileSystem: FileSystem = .system) throws(LMDBError) {
        var pages = MDB_stat()
        try check(mdb_env_stat(core.pointer, &pages), "mdb_env_stat", core.directory)
        let information = try core.information()
        let start = (information.me_last_pgno + 1) * Int(pages.ms_psize)
        // There is nothing past the map's end.
        let length = min(byteCount, information.me_mapsize - start)
        guard length > 0 else { return }
        let freeBytes: Int
        do throws(FileError) {
            freeBytes = try fileSystem.volume(core.directory).freeBytes
        } catch {
            throw LMDBError(error)
        }
        // Asked first, because a reservation that fails half way would keep all that was left on the volume.
        guard freeBytes >= length else {
            throw LMDBError(code: ENOSPC, operation: "fallocate", detail: core.directory)
        }
        var descriptor: Int32 = -1
        try check(mdb_env_get_fd(core.pointer, &descriptor), "mdb_env_get_fd", core.directory)
        let keepSize: Int32 = 1  // FALLOC_FL_KEEP_SIZE: LMDB sets the length itself.
        while fallocate(descriptor, keepSize, start, length) != 0 {
            guard errno == EINTR else {
                throw LMDBError(code: errno, operation: "fallocate", detail: core.directory)
            }
        }
    }
}
