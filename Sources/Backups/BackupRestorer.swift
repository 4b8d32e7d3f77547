public import EventLog
public import Platform
internal import BSON

/// Makes a store's log and keys of a backup that was surveyed. Views are not its business.
public struct BackupRestorer {
    private let reader: BackupReader
    private let survey: BackupSurvey
    private let fileSystem: FileSystem
    /// Told how far it is.
    public var onProgress: (_ position: UInt64, _ through: UInt64) -> Void = { _, _ in }

    public init(_ reader: BackupReader, _ survey: BackupSurvey) {
        self.reader = reader
        self.survey = survey
        fileSystem = reader.fileSystem
    }

    /// Which log it will be: the same where all is restored, unless `startsNewLog`; else a new one that names the old.
    public func identity(startsNewLog: Bool, _ randomness: Randomness) -> LogIdentity {
        let old = reader.manifest.identity
        guard startsNewLog || !survey.isWhole else { return old }
        let ancestor = LogAncestor(
            origin: old.origin, position: survey.position, root: survey.root, name: reader.manifest.logName)
        return .new(randomness, continuing: old.ancestors + [ancestor])
    }

    /// Copies the files beside the log into a store's directory. Whoever was erased by any event of the backup has no key in
    /// the ring, however early the log will end.
    ///
    /// - `isWanted`: which, such as `keys/master`, `views/data.mdb`.
    public func restoreFiles(to directory: String, where isWanted: (String) -> Bool) throws(BackupError) {
        try BackupError.files { () throws(FileError) in try fileSystem.makeDirectories(directory + "/keys") }
        for file in reader.manifest.files where isWanted(file.name) {
            let source = reader.path + "/" + reader.manifest.path(of: file)
            let target = directory + "/" + file.name
            try BackupError.files { () throws(FileError) in
                try fileSystem.makeDirectories(FileSystem.parent(of: target))
                try fileSystem.writeWhole(target, [])
                var offset = 0
                while offset < file.byteCount {
                    var piece = try fileSystem.read(source, offset, KeyRing.pieceBytes)
                    if piece.isEmpty { break }
                    if file.name == KeyFiles.ring { KeyRing.destroy(survey.erasedKeys, in: &piece, at: offset) }
                    try fileSystem.overwrite(target, offset, piece)
                    offset += piece.count
                }
            }
        }
        try BackupError.files { () throws(FileError) in try fileSystem.synchronize(directory + "/keys") }
    }

    /// Makes the log in a store's directory, and reads back the root over all of it.
    public func restoreLog(
        to directory: String, identity: LogIdentity, options: LogOptions, clock: Clock
    ) throws(BackupError) {
        let builder = try LogBuilder(directory, identity, options, fileSystem, clock)
        try reader.forEachRecord(through: survey.position) { (record) throws(BackupError) in
            if try builder.add(record) { onProgress(record.position, survey.position) }
        }
        try builder.finish(root: survey.root)
    }
}
