import BSON
import Dispatch
import EventLog
import LMDB
import Platform
import Schema
import Synchronization
import Views
internal import Glibc

/// The one thread that gives events their order. It takes all that is queued as one batch; for each event in turn it runs
/// the guard and the projectors in memory; then it appends the batch to the log (durable), writes the views, and answers.
/// An answer means: durable in the log, visible in the views.
///
/// @unchecked Sendable: `batch`, `guards`, `logBatch`, `frontier` and the counters below them are touched by the
/// sequencer's thread alone; everything else is immutable or synchronised.
final class Sequencer: @unchecked Sendable {
    let log: EventLog
    let views: ViewStore
    let queue: RequestQueue
    let options: StoreOptions
    /// Why the store takes no more appends, once it does not.
    let stopped = Mutex<String?>(nil)
    let metrics = SequencerMetrics()

    private let batch: Batch
    private let guards: GuardContext
    private var logBatch = LogBatch()
    private var checkpoint: Checkpoint
    private var recordedTime: DateTime
    private var position: UInt64 = 0
    private var subtrees: [(MerkleSubtree, Digest32)] = []
    private let flusher: LogFlusher
    private let answering = DispatchQueue(label: "annals.answers", qos: .userInitiated)
    private let finished = Gate()

    init(log: EventLog, views: ViewStore, options: StoreOptions) throws(StoreError) {
        self.log = log
        self.views = views
        self.options = options
        queue = RequestQueue(limit: options.queueLimit)
        do throws(LMDBError) {
            batch = Batch(views, mode: .live, target: try views.servingTarget())
            checkpoint = try views.checkpoint(in: views.beginRead())
        } catch { throw .views(error) }
        guards = GuardContext(batch, views.catalogue)
        flusher = LogFlusher(log)
        recordedTime = log.head.recordedTime
    }

    // MARK: The thread

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let sequencer = Unmanaged<Sequencer>.fromOpaque(context).takeRetainedValue()
                sequencer.run()
                return nil
            }, context)
        if failure == 0 {
            pthread_detach(thread)
        } else {
            Unmanaged<Sequencer>.fromOpaque(context).release()
            stop("no thread could be started (errno \(failure))")
            finished.open()
        }
    }

    /// Stops taking requests and waits until those queued are answered.
    func close() {
        queue.close()
        finished.wait()
    }

    private func run() {
        while let requests = queue.take(events: options.largestBatchEvents, bytes: options.largestBatchBytes) {
            process(requests)
        }
        answering.sync {}
        finished.open()
    }

    private func stop(_ reason: String) {
        stopped.withLock { if $0 == nil { $0 = reason } }
    }

    // MARK: One batch

    private func process(_ requests: [PendingRequest]) {
        if let reason = stopped.withLock({ $0 }) {
            return answer(requests, Array(repeating: .failure(.stopped(reason)), count: requests.count))
        }
        var answers: [Result<[Receipt], AppendError>] = []
        answers.reserveCapacity(requests.count)
        logBatch.removeAll()
        subtrees.removeAll(keepingCapacity: true)
        position = checkpoint.position
        // Recorded time never goes backwards, whatever the clock does.
        recordedTime = max(recordedTime, DateTime(milliseconds: options.clock.now()))
        do throws(LMDBError) {
            try batch.begin()
        } catch {
            return fail(requests, .stopped("the views cannot be read: \(error)"), latching: true)
        }
        defer { batch.end() }
        for request in requests {
            answers.append(apply(request))
            if let failure = batch.failure {
                return fail(requests, .stopped("the views cannot be read: \(failure)"), latching: true)
            }
        }
        if !logBatch.isEmpty {
            if let failure = commit() { return fail(requests, failure.error, latching: failure.latches) }
        }
        metrics.recorded(events: logBatch.count, bytes: logBatch.byteCount)
        answer(requests, answers)
    }

    private func fail(_ requests: [PendingRequest], _ error: AppendError, latching: Bool) {
        if latching { stop("\(error)") }
        answer(requests, Array(repeating: .failure(error), count: requests.count))
    }

    /// Beside the next batch: waking who waits, and letting go of what they sent, takes a tenth of a batch's time.
    private func answer(_ requests: [PendingRequest], _ answers: [Result<[Receipt], AppendError>]) {
        answering.async {
            for (request, answer) in zip(requests, answers) { request.resolve(answer) }
        }
    }

    /// All events of a request, or none.
    private func apply(_ request: PendingRequest) -> Result<[Receipt], AppendError> {
        batch.beginRequest()
        let firstRecord = logBatch.count
        let firstPosition = position
        var receipts: [Receipt] = []
        var refused: [(index: Int, refusals: Refusals)] = []
        for (index, event) in request.events.enumerated() {
            let outcome = applyEvent(event, index)
            switch outcome {
            case .receipt(let receipt): receipts.append(receipt)
            case .refusals(let refusals): refused.append((index, refusals))
            case .failure(let error):
                undo(to: firstRecord, firstPosition)
                return .failure(error)
            }
        }
        guard refused.isEmpty else {
            undo(to: firstRecord, firstPosition)
            return .failure(.refused(refused))
        }
        return .success(receipts)
    }

    private func undo(to record: Int, _ position: UInt64) {
        batch.rollBack()
        logBatch.truncate(to: record)
        self.position = position
    }

    private enum Outcome {
        case receipt(Receipt), refusals(Refusals), failure(AppendError)
    }

    private func applyEvent(_ event: AdmittedEvent, _ index: Int) -> Outcome {
        let draft = event.draft
        let known = draft.requestKey.withUnsafeBytes { batch.position(ofRequest: $0) }
        if known != 0 { return repeated(event, index, at: known) }
        var subject = draft.subject
        return subject.withUTF8 { subject -> Outcome in
            let subject = UnsafeRawBufferPointer(subject)
            let version = batch.streamVersion(subject)
            if let expected = event.expectedVersion, expected != version {
                return .failure(
                    .wrongVersion(index: index, subject: draft.subject, expected: expected, actual: version))
            }
            if let condition = event.condition, let position = violation(of: condition) {
                return .failure(.conditionFailed(index: index, position: position))
            }
            return draft.data.withRaw { data in apply(event, index, data, subject, version + 1) }
        }
    }

    /// Guard, projectors, stream, request key, record.
    private func apply(
        _ event: AdmittedEvent, _ index: Int, _ data: RawDocument, _ subject: UnsafeRawBufferPointer, _ version: UInt64
    ) -> Outcome {
        let draft = event.draft
        guards.run(event.type, data: data, time: draft.time)
        guard guards.refusals.isEmpty else {
            return .refusals(Refusals(eventType: draft.type, guards.refusals))
        }
        let next = position + 1
        batch.beginEvent(at: next)
        var source = draft.source
        var id = draft.id
        var anomaly: Anomaly?
        source.withUTF8 { source in
            id.withUTF8 { id in
                let recorded = RecordedEvent(
                    type: event.type.event.name, position: next, time: draft.time, data: data,
                    resolved: guards.resolvedDocument, source: UnsafeRawBufferPointer(source),
                    id: UnsafeRawBufferPointer(id))
                anomaly = project(recorded, event.type.followers)
            }
        }
        if let anomaly { return .failure(.anomaly(index: index, anomaly.description)) }
        batch.endEvent()
        if !batch.conflicts.isEmpty {
            return .refusals(Refusals(eventType: draft.type, batch.conflictRefusals))
        }
        batch.appendToStream(subject)
        draft.requestKey.withUnsafeBytes { batch.rememberRequest($0, position: next) }
        do throws(RecordError) {
            try logBatch.add(
                draft, position: next, recordedTime: recordedTime, streamVersion: version, resolved: guards.resolved)
        } catch {
            return .refusals(
                Refusals(eventType: draft.type, [Refusal(.size, "data", "makes a record that is too large: \(error)")]))
        }
        position = next
        let documentID = data.value(named: "_id")?.objectID
        return .receipt(Receipt(position: next, streamVersion: version, documentID: documentID, wasThere: false))
    }

    private func project(_ event: RecordedEvent, _ followers: [Int]) -> Anomaly? {
        do throws(Anomaly) {
            for follower in followers { try views.catalogue.collections[follower].apply(event, to: batch) }
            return nil
        } catch {
            return error
        }
    }

    /// The request was accepted before: with the same content it is answered as then, with other content it conflicts.
    private func repeated(_ event: AdmittedEvent, _ index: Int, at known: UInt64) -> Outcome {
        let digest = event.draft.requestDigest
        func outcome(_ record: Record) -> Outcome {
            record.requestDigest == digest
                ? .receipt(
                    Receipt(
                        position: known, streamVersion: record.streamVersion,
                        documentID: record.data.value(named: "_id")?.objectID, wasThere: true))
                : .failure(.conflict(index: index, position: known))
        }
        if known > checkpoint.position {
            return logBatch.withRecord(Int(known - checkpoint.position - 1)) { outcome($0) }
        }
        do throws(LogError) {
            let snapshot = try log.snapshot()
            guard let record = try snapshot.record(at: known) else {
                return .failure(.stopped("the log has no record at \(known), which a request key names"))
            }
            return outcome(record)
        } catch {
            return .failure(.stopped("the log cannot be read: \(error)"))
        }
    }

    /// The first event after the condition's position that it rules out.
    private func violation(of condition: AppendCondition) -> UInt64? {
        var found: UInt64?
        for entity in condition.entities {
            guard let model = views.catalogue[entity.collection] else { continue }
            batch.forEachPosition(model, entity.id, after: condition.after) { position in
                if found.map({ $0 <= position }) ?? false { return false }
                guard condition.types.isEmpty || condition.types.contains(type(at: position)) else { return true }
                found = position
                return false
            }
        }
        return found
    }

    private func type(at position: UInt64) -> String {
        if position > checkpoint.position {
            return logBatch.withRecord(Int(position - checkpoint.position - 1)) { $0.type }
        }
        return (try? log.snapshot().record(at: position)?.type) ?? ""
    }

    // MARK: Committing

    private struct CommitFailure {
        let error: AppendError
        let latches: Bool
    }

    /// Log and views at once, but the views are committed only when the log is durable: nobody reads what could still be
    /// lost. `nil` when both hold the batch.
    private func commit() -> CommitFailure? {
        if let full = reserveViewSpace() { return full }
        flusher.begin(logBatch)
        let next = nextCheckpoint()
        let written = writeViews(next)
        do throws(LogError) {
            try flusher.wait()
        } catch {
            // The views' transaction ends with `written`, uncommitted.
            return Self.failure(error)
        }
        do throws(LMDBError) {
            try written.transaction().commit()
        } catch {
            // The events are durable and will be in the views after a restart.
            return CommitFailure(
                error: .outcomeUnknown("the log has the events, the views could not be written: \(error)"),
                latches: true)
        }
        checkpoint = next
        return nil
    }

    private static func failure(_ error: LogError) -> CommitFailure {
        switch error {
        case .outcomeUnknown: CommitFailure(error: .outcomeUnknown("\(error)"), latches: true)
        case .diskFull: CommitFailure(error: .diskFull("\(error)"), latches: false)
        default: CommitFailure(error: .stopped("\(error)"), latches: true)
        }
    }

    private func nextCheckpoint() -> Checkpoint {
        var next = checkpoint
        for index in 0..<logBatch.count {
            next.leaf = logBatch.leaf(index)
            next.frontier.append(next.leaf) { subtrees.append(($0, $1)) }
        }
        next.position = position
        return next
    }

    /// A transaction that holds the batch, or why there is none.
    private enum WrittenViews: ~Copyable {
        case transaction(WriteTransaction)
        case failure(LMDBError)

        consuming func transaction() throws(LMDBError) -> WriteTransaction {
            switch consume self {
            case .transaction(let transaction): return transaction
            case .failure(let error): throw error
            }
        }
    }

    private func writeViews(_ next: Checkpoint) -> WrittenViews {
        do throws(LMDBError) {
            let transaction = try views.beginWrite()
            try batch.write(next, subtrees: subtrees, in: transaction)
            return .transaction(transaction)
        } catch {
            return .failure(error)
        }
    }

    /// Blocks for what this batch may add to the views.
    private func reserveViewSpace() -> CommitFailure? {
        do throws(LMDBError) {
            try views.reserve(batch.writeBound)
            return nil
        } catch {
            return CommitFailure(error: .diskFull("no space for the views: \(error)"), latches: false)
        }
    }
}
