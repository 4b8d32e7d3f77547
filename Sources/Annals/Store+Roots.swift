import EventLog
import LMDB
import Platform
public import Views

/// What two stores, or two dates, can compare in place of their contents.
extension Store {
    /// The roots of all views and of the log, as the views are now.
    public func roots() throws(StoreError) -> ViewRoots {
        do throws(LMDBError) { return try snapshot().roots() } catch { throw .views(error) }
    }

    /// The roots as they were at a position, by folding the log up to there into views of their own in `scratch`, which is
    /// emptied before and removed after. What has been erased since changes none of them.
    ///
    /// - Throws: `notFound` for a position that the log does not have.
    public func roots(
        asOf position: UInt64, scratch: String, onProgress: (@Sendable (Replay.Progress) -> Void)? = nil
    ) throws(StoreError) -> ViewRoots {
        let end = log.head.position
        guard position <= end else {
            throw .notFound("the log ends at position \(end), before \(position)")
        }
        do throws(FileError) { try options.fileSystem.removeTree(scratch) } catch { throw .file(error) }
        let roots = try refoldedRoots(position, scratch, onProgress)
        do throws(FileError) { try options.fileSystem.removeTree(scratch) } catch { throw .file(error) }
        return roots
    }

    private func refoldedRoots(
        _ position: UInt64, _ scratch: String, _ onProgress: (@Sendable (Replay.Progress) -> Void)?
    ) throws(StoreError) -> ViewRoots {
        let folded: ViewStore
        do throws(LMDBError) {
            folded = try ViewStore(
                directory: scratch, catalogue: catalogue, options: options.views, fileSystem: options.fileSystem)
        } catch { throw .views(error) }
        do throws(ReplayError) {
            try Replay(store: folded, log: log, onProgress: onProgress).rebuildAll(through: position)
        } catch { throw .replay(error) }
        do throws(LMDBError) { return try folded.snapshot(folded.servingTarget()).roots() } catch {
            throw .views(error)
        }
    }
}
