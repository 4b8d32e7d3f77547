internal import CLMDB

/// The version of the LMDB library this process runs with.
public struct LibraryVersion: Sendable, Hashable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let patch: Int

    public init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    static func running() -> LibraryVersion {
        var major: Int32 = 0
        var minor: Int32 = 0
        var patch: Int32 = 0
        _ = mdb_version(&major, &minor, &patch)
        return LibraryVersion(major: Int(major), minor: Int(minor), patch: Int(patch))
    }

    public var description: String { "\(major).\(minor).\(patch)" }

    /// What an operator should know of this version; nil if nothing.
    public var warning: String? {
        if major == 0, minor == 9, (26...31).contains(patch) {
            // ITS#9278 came in 0.9.26 and was taken back by ITS#10095 in 0.9.32.
            return "LMDB \(self) may destroy the locks it shares with other processes when one of them closes the "
                + "environment (ITS#10095); use 0.9.24, 0.9.25, or 0.9.32 and later"
        }
        if major != 0 || minor != 9 {
            return "LMDB \(self) is not a version this program was tested with (0.9)"
        }
        return nil
    }
}
