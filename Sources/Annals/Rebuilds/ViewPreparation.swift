import Backups
public import EventLog
import LMDB
import Platform
public import Schema

/// Makes this program's views of a store that another program serves, beside them: round after round, each of the log's
/// chapters that the other gives, until little is left for the next opening to fold.
///
///     let preparation = try ViewPreparation(of: directory, collections: allCollections)
///     repeat {
///         var round = try preparation.begin()
///         …                                         // chapters from `round.position` + 1 on: `add` each
///         position = try preparation.finish(round)
///     } while …
///
/// They are folded from a copy of the log in `DIR/next`, sealed as it is. Somebody's erasure takes all that with it:
/// ``RebuildError/preparationLost``, and `begin` begins anew.
public struct ViewPreparation {
    private let store: String
    private let collections: [any Collection.Type]
    private let options: StoreOptions

    private var path: String { PreparedViews.path(inStore: store) }

    /// - `options`: those of the store.
    public init(of directory: String, collections: [any Collection.Type], options: StoreOptions = StoreOptions()) {
        store = directory
        self.collections = collections
        var options = options
        // The copy has no master key of its own.
        if case .inDirectory = options.masterKey { options.masterKey = .file(directory + "/keys/master") }
        self.options = options
    }

    /// One stretch of the log.
    public struct Round {
        /// Where the copy ends: chapters begin after it.
        public let position: UInt64
        fileprivate let work: VerbatimImport
    }

    /// Goes on where the copy ends, with the keys as they are now.
    public func begin() throws(StoreError) -> Round {
        let isThere = try VerbatimImport.isThere(path, options.fileSystem)
        return try watched { () throws(StoreError) in
            if !isThere {
                do throws(FileError) { try options.fileSystem.removeTree(path) } catch { throw .file(error) }
            }
            let work = try VerbatimImport(
                "the log of \(store)", into: path, mode: isThere ? .goOn : .build, collections: collections,
                options: options)
            try addKeys(work)
            return Round(position: work.position, work: work)
        }
    }

    /// The ring, wrapped as it is, and the key under which requests are known.
    private func addKeys(_ work: VerbatimImport) throws(StoreError) {
        do {
            try Store.keyLines(of: store, options.fileSystem) { line in try add(line, to: work) }
        } catch let error as KeyRingError { throw .keys(error) } catch let error as StoreError {
            throw error
        } catch { throw .keys(.damaged(path: store + "/keys", problem: "\(error)")) }
    }

    /// Adds the lines of a chapter.
    public func add(_ lines: [UInt8], to round: Round) throws(StoreError) {
        try watched { () throws(StoreError) in try add(lines, to: round.work) }
    }

    private func add(_ lines: [UInt8], to work: VerbatimImport) throws(StoreError) {
        for line in lines.split(separator: 0x0A) {
            let failure = line.withUnsafeBytes { line -> StoreError? in
                do throws(StoreError) { try work.add(line) } catch { return error }
                return nil
            }
            if let failure { throw failure }
        }
    }

    /// Folds what was added.
    ///
    /// - Returns: the position where the views are.
    public func finish(_ round: Round) throws(StoreError) -> UInt64 {
        try watched { () throws(StoreError) in try round.work.finish().position }
    }

    /// Nothing of the round is kept.
    public func abandon(_ round: Round) { round.work.abandon() }

    /// Tells whether an error is because the place was removed.
    private func watched<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        do throws(StoreError) { return try body() } catch {
            let isThere: Bool
            do throws(FileError) {
                let (copy, begun) = (path + "/log", path + ".restoring/log")
                isThere = try options.fileSystem.exists(copy) ? true : options.fileSystem.exists(begun)
            } catch { throw .file(error) }
            throw isThere ? error : .rebuild(.preparationLost)
        }
    }
}
