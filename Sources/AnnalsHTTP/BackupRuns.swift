internal import Annals
internal import BSON
internal import Dispatch
internal import HTTPTypes
internal import Synchronization

/// The backup that a server is making, or has made last: one at a time, on a thread of its own, whoever waits for it.
final class BackupRuns: Sendable {
    private enum State {
        case none
        case running(path: String, position: UInt64, through: UInt64)
        case done(Document)
        case failed(Document)
    }

    private let state = Mutex(State.none)
    private let queue = DispatchQueue(label: "annals.backup", qos: .utility)

    /// False: one is being made.
    func begin(_ store: Store, _ path: String, _ options: BackupOptions) -> Bool {
        let isFree = state.withLock { state in
            if case .running = state { return false }
            state = .running(path: path, position: 0, through: store.position)
            return true
        }
        guard isFree else { return false }
        var options = options
        options.onProgress = { [self] position, through in
            state.withLock { $0 = .running(path: path, position: position, through: through) }
            return true
        }
        queue.async { [self, options] in
            let outcome: State
            do throws(StoreError) { outcome = .done(try store.backUp(path, options)) } catch {
                store.options.report("warning: the backup \(path) was not made: \(error)")
                outcome = .failed(Problem(backup: error).document)
            }
            state.withLock { $0 = outcome }
        }
        return true
    }

    /// `state`: none, running, done or failed; with it how far it is, what was made, or the problem.
    var document: Document {
        state.withLock { state in
            switch state {
            case .none: ["state": "none"]
            case .running(let path, let position, let through):
                [
                    "state": "running", "backup": .string(path), "position": .int64(Int64(clamping: position)),
                    "through": .int64(Int64(clamping: through)),
                ]
            case .done(let report): ["state": "done", "report": .document(report)]
            case .failed(let problem): ["state": "failed", "problem": .document(problem)]
            }
        }
    }
}

extension Store {
    fileprivate func backUp(_ path: String, _ options: BackupOptions) throws(StoreError) -> Document {
        let report: BackupReport = try backUp(to: path, options)
        return report.document
    }
}

extension Problem {
    /// Why a backup was not made.
    init(backup error: StoreError) {
        guard case .backup(let reason) = error else {
            self.init(.internalServerError, "internal", "The backup was not made", "\(error)")
            return
        }
        switch reason {
        case .inUse: self.init(.conflict, "backup-running", "A backup is being made", "\(reason)")
        case .notEmpty, .otherLog, .diverged, .logIsShorter:
            self.init(.conflict, "backup-other", "The backup there is not of this log", "\(reason)")
        case .file(let file) where file.isNoSpace: self.init(diskFull: "\(reason)")
        case .damaged, .unknownFormat:
            self.init(.conflict, "backup-damaged", "The backup there is damaged", "\(reason)")
        default: self.init(.internalServerError, "backup-failed", "The backup was not made", "\(reason)")
        }
    }
}
