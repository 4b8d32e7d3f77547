import BSON
import EventLog
import LMDB
import Schema
import Views

/// Making a batch durable and visible.
extension Sequencer {
    struct CommitFailure {
        let error: AppendError
        let latches: Bool
    }

    /// Log and views at once, but the views are committed only when the log is durable: nobody reads what could still be
    /// lost. `nil` when both hold the batch.
    func commit() -> CommitFailure? {
        if let full = reserveViewSpace() { return full }
        if let failure = announceErasures() { return failure }
        defer { if !erasures.isEmpty { past?.endErasing() } }
        flusher.begin(logBatch)
        let next = nextCheckpoint()
        let written = writeViews(next)
        do throws(LogError) {
            try flusher.wait()
        } catch {
            // The views' transaction ends with `written`, uncommitted.
            return Self.failure(error)
        }
        if let failure = destroyKeys() { return failure }
        do throws(LMDBError) {
            try written.transaction().commit()
        } catch {
            // The events are durable and will be in the views after a restart.
            return CommitFailure(
                error: .outcomeUnknown("the log has the events, the views could not be written: \(error)"),
                latches: true)
        }
        checkpoint = next
        if !erasures.isEmpty { onErasure() }
        return nil
    }

    /// Before their events are durable: after a crash in between, opening looks whether the log has them. What is kept of
    /// former positions, and what is prepared for another program, goes now; so does what a killed verification left.
    private func announceErasures() -> CommitFailure? {
        guard !erasures.isEmpty else { return nil }
        do throws(FileError) {
            try prepared?.discard()
            // One that is under way removes it itself, and gives no verdict.
            try leftVerification.removeLeft()
            try past?.beginErasing()
        } catch {
            return CommitFailure(
                error: .stopped("views beside those that serve cannot be removed: \(error)"), latches: true)
        }
        do throws(FileError) {
            try erasing.write(erasures)
            return nil
        } catch {
            past?.endErasing()
            return CommitFailure(error: .stopped("keys/erasing cannot be written: \(error)"), latches: true)
        }
    }

    /// After their events are durable, and before anyone sees the views without what the keys sealed.
    private func destroyKeys() -> CommitFailure? {
        guard !erasures.isEmpty else { return nil }
        func failure(_ error: any Error) -> CommitFailure {
            CommitFailure(
                error: .outcomeUnknown("the log has the events, the keys they erase could not be destroyed: \(error)"),
                latches: true)
        }
        do throws(KeyRingError) { try keys.destroy(erasures.map(\.keyID)) } catch { return failure(error) }
        do throws(FileError) { try erasing.clear() } catch { return failure(error) }
        return nil
    }

    static func failure(_ error: LogError) -> CommitFailure {
        switch error {
        case .outcomeUnknown: CommitFailure(error: .outcomeUnknown("\(error)"), latches: true)
        case .diskFull: CommitFailure(error: .diskFull("\(error)"), latches: false)
        default: CommitFailure(error: .stopped("\(error)"), latches: true)
        }
    }

    func nextCheckpoint() -> Checkpoint {
        var next = checkpoint
        for index in 0..<logBatch.count {
            next.leaf = logBatch.leaf(index)
            next.frontier.append(next.leaf) { subtrees.append(($0, $1)) }
        }
        next.position = position
        return next
    }

    /// A transaction that holds the batch, or why there is none.
    enum WrittenViews: ~Copyable {
        case transaction(WriteTransaction)
        case failure(LMDBError)

        consuming func transaction() throws(LMDBError) -> WriteTransaction {
            switch consume self {
            case .transaction(let transaction): return transaction
            case .failure(let error): throw error
            }
        }
    }

    func writeViews(_ next: Checkpoint) -> WrittenViews {
        do throws(LMDBError) {
            let transaction = try views.beginWrite()
            try batch.write(next, subtrees: subtrees, in: transaction)
            return .transaction(transaction)
        } catch {
            return .failure(error)
        }
    }

    /// Blocks for what this batch may add to the views.
    func reserveViewSpace() -> CommitFailure? {
        do throws(LMDBError) {
            try views.reserve(batch.writeBound)
            return nil
        } catch {
            return CommitFailure(error: .diskFull("no space for the views: \(error)"), latches: false)
        }
    }
}
