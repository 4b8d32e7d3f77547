import EventLog
import LMDB
import Platform
import Schema
import Views

/// Views of the same log that a program of other declarations made, beside the one that serves: `DIR/next`.
///
/// A program that opens a directory whose views are not its own takes them, and leaves those that served in their place,
/// for the other to return to, unless something of somebody erased may still be in them. An erasure removes them.
///
///     next/views         the views environment
///     next/views.state   whether it can be trusted
///     next/…             the copy of the log from which ``ViewPreparation`` makes them
///     next/former        what served, while the two change places
struct PreparedViews {
    let store: String
    let catalogue: Catalogue
    let options: StoreOptions

    static func path(inStore directory: String) -> String { directory + "/next" }

    private var path: String { Self.path(inStore: store) }
    private var files: FileSystem { options.fileSystem }
    private var former: String { path + "/former" }

    /// Lets the prepared views serve where those that do are not this program's, and they are.
    ///
    /// Nobody has the store's views open meanwhile.
    /// - Returns: what was decided, for people; `nil` where there was nothing to decide.
    func takeOver(_ log: EventLog) throws(StoreError) -> String? {
        let isThere: Bool
        do throws(FileError) {
            try endExchange()
            isThere = try files.exists(path)
        } catch { throw .file(error) }
        guard isThere else { return nil }
        guard let lock = try claim() else { return "views are being prepared in \(path)" }
        defer { withExtendedLifetime(lock) {} }
        if let objection = try objection(of: path, log) {
            guard try self.objection(of: store, log) != nil else { return nil }
            return "views prepared in \(path) are not used: \(objection)"
        }
        guard try objection(of: store, log) != nil else { return nil }
        let isKept = try mayBeKept(log)
        do throws(FileError) {
            for name in try files.list(path) where !["views", "views.state", "LOCK"].contains(name) {
                try files.removeTree(path + "/" + name)
            }
            try files.synchronize(path)
            if !isKept {
                try files.removeTree(store + "/views.state")
                try files.removeTree(store + "/views")
            }
            try exchange()
        } catch { throw .file(error) }
        return "views that were prepared serve; those that served are "
            + (isKept ? "kept for the program that made them" : "removed: they lag, or hold bytes of who was erased")
    }

    /// Nobody overwrites in them any more what an erasure left there, and none that they have not seen yet reaches them.
    private func mayBeKept(_ log: EventLog) throws(StoreError) -> Bool {
        guard try StoreOpening(directory: store, catalogue: catalogue, options: options).objection() == nil else {
            return false
        }
        do throws(FileError) {
            guard try files.exists(StoreOpening.dataFile(store)) else { return true }
        } catch { throw .file(error) }
        do throws(LMDBError) {
            let views = try open(store)
            if try views.isUnscrubbed() { return false }
            return try views.checkpoint(in: views.beginRead()).position == log.head.position
        } catch { throw .views(error) }
    }

    private func open(_ directory: String) throws(LMDBError) -> ViewStore {
        try ViewStore(
            directory: directory + "/views", catalogue: catalogue, options: options.views, fileSystem: files)
    }

    /// Before somebody is erased: they hold whom.
    ///
    /// Whoever is making them finds their place gone.
    func discard() throws(FileError) {
        for path in [path, path + ".restoring"] { try files.vanish(path) }
    }

    /// Held while they are made.
    private func claim() throws(StoreError) -> LockFile? {
        do throws(FileError) { return try files.lock(path + "/LOCK") } catch {
            if error.isWouldBlock { return nil }
            throw .file(error)
        }
    }

    /// Why a directory's views are not this program's, of this log.
    private func objection(of directory: String, _ log: EventLog) throws(StoreError) -> String? {
        let opening = StoreOpening(directory: directory, catalogue: catalogue, options: options)
        if let objection = try opening.objection() { return objection }
        do throws(FileError) {
            guard try files.exists(StoreOpening.dataFile(directory)) else { return "there are none" }
        } catch { throw .file(error) }
        let checkpoint: Checkpoint
        do throws(LMDBError) {
            let views = try open(directory)
            let transaction = try views.beginRead()
            for model in catalogue.collections
            where try views.placement(of: model, in: transaction)?.fingerprint != model.fingerprint {
                return "\(model.name) is declared otherwise"
            }
            checkpoint = try views.checkpoint(in: transaction)
        } catch { throw .views(error) }
        do throws(LogError) {
            guard checkpoint.position > 0,
                let record = try log.snapshot().record(at: checkpoint.position),
                RecordEncoder.leaf(of: record) == checkpoint.leaf
            else { return "they are not of this log" }
        } catch { throw .log(error) }
        return nil
    }

    // MARK: Changing places

    private func exchange() throws(FileError) {
        if try files.exists(store + "/views") { try files.renameDurably(store + "/views", former) }
        try moveIn()
    }

    /// What a crash left of it.
    private func endExchange() throws(FileError) {
        if try files.exists(former) { try moveIn() }
    }

    /// Each step may have been done. Views that are without their marker for a moment are made anew, should it last.
    private func moveIn() throws(FileError) {
        let (isTaken, isReady) = (try files.exists(store + "/views"), try files.exists(path + "/views"))
        if !isTaken, isReady {
            try move(store + "/views.state", former + ".state")
            try move(path + "/views.state", store + "/views.state")
            try files.renameDurably(path + "/views", store + "/views")
        }
        try move(former + ".state", path + "/views.state")
        try move(former, path + "/views")
    }

    private func move(_ source: String, _ target: String) throws(FileError) {
        if try files.exists(source) { try files.renameDurably(source, target) }
    }
}
