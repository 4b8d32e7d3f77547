public import EventLog
public import Platform

/// Why a read is not answered, or the trail of reads not opened.
public enum ReadTrailError: Error, Sendable, CustomStringConvertible {
    /// The trail cannot be written: nothing is read meanwhile.
    case unwritten(LogError)
    /// Entries wait for the disk, as many as may.
    case full(most: Int)
    case closed
    case log(LogError)
    case file(FileError)
    /// There is none in this directory.
    case missing(directory: String)

    public var description: String {
        switch self {
        case .unwritten(let error):
            "the audit trail of reads cannot be written, and nothing is read without it: \(error)"
        case .full(let most): "\(most) reads wait to be written to the audit trail; try again soon"
        case .closed: "the audit trail of reads is closed"
        case .log(let error): "the audit trail of reads: \(error)"
        case .file(let error): "the audit trail of reads: \(error)"
        case .missing(let directory):
            "there is no audit trail of reads in \(directory); `annals serve --audit-reads` begins one"
        }
    }
}
