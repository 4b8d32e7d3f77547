import EventLog
import LMDB
import Platform
import Schema
import Views

/// The steps of opening a directory, each with its decision told.
///
///     LOCK            held for life by the process that has the directory open
///     log/            the log environment
///     high-water      how far the log had got, outside it
///     keys/requests   the key of request hashes
///     keys/ring       the keys under which personal data is sealed, wrapped by keys/master (or a key from elsewhere)
///     views/          the views environment
///     views.state     whether the views can be trusted
struct StoreOpening {
    let directory: String
    let catalogue: Catalogue
    let options: StoreOptions
    var decisions: [String] = []
    /// A word on a master key that was made, which its owner must not miss.
    var masterKeyNotice: String?

    init(directory: String, catalogue: Catalogue, options: StoreOptions) {
        self.directory = directory
        self.catalogue = catalogue
        self.options = options
    }

    mutating func decide(_ text: String) {
        decisions.append(text)
        options.report(text)
    }

    mutating func lockDirectory() throws(StoreError) -> LockFile {
        do throws(FileError) { try options.fileSystem.makeDirectories(directory) } catch { throw .file(error) }
        try checkSurroundings()
        do throws(FileError) {
            return try options.fileSystem.lock(directory + "/LOCK")
        } catch {
            if error.isWouldBlock { throw .inUse(directory: directory) }
            throw .file(error)
        }
    }

    /// What a killed verification left may hold somebody who is erased later.
    func removeLeftVerification() throws(StoreError) {
        do throws(FileError) {
            try VerificationScratch(inStore: directory, fileSystem: options.fileSystem).removeLeft()
        } catch { throw .file(error) }
    }

    /// What LMDB needs of the file system and of itself.
    private mutating func checkSurroundings() throws(StoreError) {
        let volume: VolumeStatus
        do throws(FileError) { volume = try options.fileSystem.volume(directory) } catch { throw .file(error) }
        if volume.isUnsafeForMemoryMaps {
            guard options.forcesFileSystem else {
                throw .unsafeFileSystem(directory: directory, type: volume.typeName)
            }
            decide(
                "warning: \(directory) is on \(volume.typeName), where memory maps and locks are not reliable (forced)")
        }
        if volume.isLayered {
            // No refusal: every container has it, and what is written there lies on the file system below.
            decide(
                "warning: \(directory) is on \(volume.typeName), a container's own layer, which goes with the container; "
                    + "mount a volume for what is to stay")
        }
        if let warning = Environment.libraryVersion.warning { decide("warning: \(warning)") }
    }

    mutating func openLog(_ keys: KeyRing?) throws(StoreError) -> EventLog {
        do throws(LogError) {
            let log = try EventLog(
                directory: directory + "/log", highWaterPath: directory + "/high-water", options: options.log,
                fileSystem: options.fileSystem, clock: options.clock, randomness: options.randomness,
                keys: keys)
            decisions.append("log at position \(log.head.position)")
            if log.highWaterWasMissing {
                decide(
                    "warning: there was no high-water mark beside the log, so that a loss of its end could not have been "
                        + "seen; there is one now")
            }
            return log
        } catch { throw .log(error) }
    }

    func openKeys(_ log: EventLog) throws(StoreError) -> RequestKeys {
        do throws(FileError) { try options.fileSystem.makeDirectories(directory + "/keys") } catch {
            throw .file(error)
        }
        do throws(LogError) {
            return try RequestKeys(
                path: directory + "/keys/requests", createIfMissing: log.head.position == 0,
                fileSystem: options.fileSystem, randomness: options.randomness)
        } catch { throw .log(error) }
    }

    // MARK: Views

    mutating func openViews(_ log: EventLog) throws(StoreError) -> ViewStore {
        if let word = try PreparedViews(store: directory, catalogue: catalogue, options: options).takeOver(log) {
            decide(word)
        }
        if let objection = try objection() {
            decide("views thrown away: \(objection)")
            do throws(FileError) { try options.fileSystem.removeTree(directory + "/views") } catch {
                throw .file(error)
            }
        }
        var views = try open()
        try refuseRollback(views, log)
        var objection = try checkpointObjection(views, log)
        if objection == nil { objection = try keyObjection(views, log) }
        if let objection {
            decide("views thrown away: \(objection)")
            // The environment closes when its last owner lets go, which must be before its files go.
            let path = views.directory
            views = try reopened(consume views, after: path)
        }
        try Self.mark(.running, directory, options)
        try prepareSlots(views, log)
        try catchUp(views, log)
        try tellAnomalies(views)
        return views
    }

    private func open() throws(StoreError) -> ViewStore {
        do throws(LMDBError) {
            return try ViewStore(
                directory: directory + "/views", catalogue: catalogue, options: options.views,
                fileSystem: options.fileSystem)
        } catch { throw .views(error) }
    }

    private func reopened(_ views: consuming ViewStore, after path: String) throws(StoreError) -> ViewStore {
        _ = consume views
        do throws(FileError) { try options.fileSystem.removeTree(path) } catch { throw .file(error) }
        return try open()
    }

    /// What the marker says against views that are there.
    func objection() throws(StoreError) -> String? {
        let data = Self.dataFile(directory)
        do throws(FileError) {
            guard try options.fileSystem.exists(data) else { return nil }
            let path = Self.markerPath(directory)
            guard try options.fileSystem.exists(path), let marker = ViewsMarker(try options.fileSystem.readWhole(path))
            else { return "there is no readable marker that says how the last run ended" }
            return marker.objection(try .current(path: data, fileSystem: options.fileSystem))
        } catch { throw .file(error) }
    }

    /// Views are committed after the log. Trusted ones that are ahead of it prove that the log lost its end.
    private func refuseRollback(_ views: ViewStore, _ log: EventLog) throws(StoreError) {
        let checkpoint: Checkpoint
        do throws(ReplayError) { checkpoint = try self.checkpoint(views) } catch { throw .replay(error) }
        guard checkpoint.position > log.head.position, !options.log.acceptRollback else { return }
        let mark = HighWaterMark(position: checkpoint.position, leaf: checkpoint.leaf)
        throw .log(.rolledBack(expected: mark, found: log.head.mark))
    }

    /// Views that are ahead of a log whose rollback was accepted, or of another log.
    private func checkpointObjection(_ views: ViewStore, _ log: EventLog) throws(StoreError) -> String? {
        let checkpoint: Checkpoint
        do throws(ReplayError) { checkpoint = try self.checkpoint(views) } catch { throw .replay(error) }
        guard checkpoint.position > 0 else { return nil }
        do throws(LogError) {
            let snapshot = try log.snapshot()
            guard let record = try snapshot.record(at: checkpoint.position) else {
                return "they are at position \(checkpoint.position), which the log does not have"
            }
            if RecordEncoder.leaf(of: record) != checkpoint.leaf {
                return "their checkpoint at position \(checkpoint.position) is not of this log"
            }
            return nil
        } catch { throw .log(error) }
    }

    /// Views whose declaration changed are rebuilt into their other slot; new ones are placed.
    private mutating func prepareSlots(_ views: ViewStore, _ log: EventLog) throws(StoreError) {
        var changed: Set<Int> = []
        do throws(LMDBError) {
            var missing: [CollectionModel] = []
            let transaction = try views.beginRead()
            let position = try views.checkpoint(in: transaction).position
            for (place, model) in catalogue.collections.enumerated() {
                let placement = try views.placement(of: model, in: transaction)
                if placement == nil, position == 0 {
                    missing.append(model)
                } else if placement?.fingerprint != model.fingerprint {
                    changed.insert(place)
                }
            }
            transaction.end()
            if !missing.isEmpty { try views.place(missing) }
        } catch { throw .views(error) }
        guard !changed.isEmpty else { return }
        let names = changed.sorted().map { catalogue.collections[$0].name }.joined(separator: ", ")
        decide("rebuilding views whose declaration or form changed: \(names)")
        do throws(ReplayError) {
            let checkpoint = try checkpoint(views)
            let report = options.report
            let replay = Replay(store: views, log: log) { report("rebuilt to \($0.position) of \($0.through)") }
            try replay.rebuild(changed, through: checkpoint.position)
        } catch { throw .replay(error) }
    }

    private func checkpoint(_ views: ViewStore) throws(ReplayError) -> Checkpoint {
        do throws(LMDBError) { return try views.checkpoint(in: views.beginRead()) } catch { throw .views(error) }
    }

    private mutating func catchUp(_ views: ViewStore, _ log: EventLog) throws(StoreError) {
        do throws(ReplayError) {
            let position = (try checkpoint(views)).position
            let behind = log.head.position - position
            guard behind > 0 else { return }
            decide("views \(behind) events behind the log: replaying them")
            let report = options.report
            let replay = Replay(store: views, log: log) { report("replayed to \($0.position) of \($0.through)") }
            if position == 0 { try replay.rebuildAll() } else { try replay.catchUp() }
        } catch { throw .replay(error) }
    }

    // MARK: The marker

    /// The next opening makes the views anew.
    static func removeMarker(_ directory: String, _ options: StoreOptions) throws(FileError) {
        guard try options.fileSystem.exists(markerPath(directory)) else { return }
        try options.fileSystem.remove(markerPath(directory))
        try options.fileSystem.synchronize(directory)
    }

    static func dataFile(_ directory: String) -> String { directory + "/views/data.mdb" }
    private static func markerPath(_ directory: String) -> String { directory + "/views.state" }

    static func mark(_ state: ViewsMarker.State, _ directory: String, _ options: StoreOptions) throws(StoreError) {
        do throws(FileError) {
            let identity = try MachineIdentity.current(path: dataFile(directory), fileSystem: options.fileSystem)
            try options.fileSystem.writeAtomically(markerPath(directory), ViewsMarker(state, identity).bytes)
        } catch { throw .file(error) }
    }
}
