internal import Glibc
internal import LMDB

extension LogSnapshot {
    /// The most that is asked for at once.
    private static let mostPrefetched = 64 << 20

    /// Asks for the pages of some records all at once, before they are read. The map is told not to read ahead, which is right for
    /// single records, and asks the device for page after page where it is read from end to end.
    ///
    /// Records lie in the file about as they were appended: what is asked for lies between the first and the last. What cannot
    /// be found is told by who reads it.
    func prefetch(from first: UInt64, through last: UInt64) {
        guard let start = try? stored(at: first)?.baseAddress, let end = try? stored(at: last),
            let endAddress = end.baseAddress
        else { return }
        let pageBytes = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let lower = UInt(bitPattern: start) / pageBytes * pageBytes
        let upper = UInt(bitPattern: endAddress) + UInt(end.count)
        guard upper > lower, upper - lower <= Self.mostPrefetched else { return }
        // Advice: where it is not taken, reading is slower.
        _ = posix_madvise(UnsafeMutableRawPointer(bitPattern: lower), Int(upper - lower), POSIX_MADV_WILLNEED)
    }
}
