public import BSON
internal import EventLog

/// What a run did.
public struct BackupReport: Sendable {
    public let path: String
    public let manifest: BackupManifest
    /// Events that the backup had not before.
    public let newEvents: UInt64
    /// Of segments.
    public let writtenBytes: Int

    /// For programs.
    public var document: Document {
        [
            "backup": .string(path), "origin": .string("\(manifest.identity.origin)"),
            "position": .count(manifest.position), "root": .string("\(manifest.root)"),
            "newEvents": .count(newEvents), "writtenBytes": .count(UInt64(writtenBytes)),
            "segments": .count(UInt64(manifest.segments.count)), "bytes": .count(UInt64(manifest.byteCount)),
            "generation": .count(manifest.generation), "masterKey": .string(manifest.masterKey.rawValue),
            "views": .bool(manifest.hasViews), "files": .array(manifest.files.map { .string($0.name) }),
            "madeAt": .string("\(manifest.madeAt)"),
        ]
    }
}
