public import BSON
public import EventLog

/// What a backup holds: `manifest.json`, replaced as a whole when all that it names is on the device and has been read
/// again. What it does not name does not count.
public struct BackupManifest: Sendable, Hashable {
    public static let format = "annals-backup-1"

    /// Some records, one after the other, in a file that is never changed.
    public struct Segment: Sendable, Hashable {
        /// Positions.
        public var first: UInt64
        public var last: UInt64
        public var byteCount: Int
        /// SHA-256 of the file.
        public var digest: Digest32
        /// The log's root at `last`.
        public var root: Digest32
        /// Recorded times of the first and the last.
        public var from: DateTime
        public var through: DateTime
        /// The views at `last`, where a run ended there and had them; empty: nothing is known of them.
        public var views: [View] = []

        var file: String { "segments/\(Self.padded(first))-\(Self.padded(last))" }

        private static func padded(_ position: UInt64) -> String {
            let digits = String(position)
            return String(repeating: "0", count: 20 - digits.count) + digits
        }
    }

    /// What a view was: held against what a restore folds.
    public struct View: Sendable, Hashable {
        /// The collection's.
        public var name: String
        /// Of the declaration that made it: another one makes another root.
        public var fingerprint: Digest32
        public var root: Digest32

        public init(name: String, fingerprint: Digest32, root: Digest32) {
            self.name = name
            self.fingerprint = fingerprint
            self.root = root
        }
    }

    /// A copy of a file beside the log, made anew by each run.
    public struct File: Sendable, Hashable {
        /// Where it lies in a store's directory.
        public var name: String
        public var byteCount: Int
        /// SHA-256.
        public var digest: Digest32
    }

    /// Where the key is that wraps the keys of persons.
    public enum MasterKeyPlace: String, Sendable, CaseIterable {
        case included
        /// A file elsewhere, or the environment: the operator's to keep.
        case elsewhere
        case leftOut = "left out"
    }

    /// Counts the runs: part of the names of ``files``.
    public var generation: UInt64
    public var madeAt: DateTime
    public var identity: LogIdentity
    /// The name under which the log's checkpoints are signed; empty where none was.
    public var logName: String
    public var position: UInt64
    public var root: Digest32
    /// The newest signed note of what is held here.
    public var checkpoint: String?
    public var masterKey: MasterKeyPlace
    public var segments: [Segment]
    public var files: [File]

    public func path(of file: File) -> String { "\(file.name).\(generation)" }

    /// All that lies in the backup, but for the manifest itself.
    var names: Set<String> { Set(segments.map(\.file) + files.map { path(of: $0) }) }
    /// The views at a position; empty where nothing is known of them.
    public func views(at position: UInt64) -> [View] { segments.first { $0.last == position }?.views ?? [] }
    /// Whether views of the position lie in it.
    public var hasViews: Bool { files.contains { $0.name == KeyFiles.views } }
    /// Of all that it names.
    public var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } + files.reduce(0) { $0 + $1.byteCount } }
}

/// Files beside the log that a backup may hold.
enum KeyFiles {
    static let ring = "keys/ring"
    static let master = "keys/master"
    static let requests = "keys/requests"
    static let api = "keys/api"
    static let signing = "keys/log-signing"
    static let signingPublic = "keys/log-signing.pub"
    static let views = "views/data.mdb"
    static let all = [views, ring, master, requests, api, signing, signingPublic]
}
