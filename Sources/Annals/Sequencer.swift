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

    let batch: Batch
    let guards: GuardContext
    var logBatch = LogBatch()
    var checkpoint: Checkpoint
    var recordedTime: DateTime
    var position: UInt64 = 0
    var subtrees: [(MerkleSubtree, Digest32)] = []
    /// The keys that the batch destroys.
    var erasures: [ErasingFile.Entry] = []
    let flusher: LogFlusher
    let answering = DispatchQueue(label: "annals.answers", qos: .userInitiated)
    let finished = Gate()
    let admitter: Admitter
    /// In milliseconds: nothing falls due before. Read by who wakes the sequencer for timers.
    let nextDue = Atomic<Int64>(.min)
    /// When history was last appended, by the clock, in milliseconds.
    let lastHistory = Atomic<Int64>(.min)
    /// Why the log could not be read while a request was applied.
    var logFailure: String?
    /// Timers whose events were refused: not fired again while this process runs.
    var refusedTimers: Set<String> = []

    /// Under which personal data is sealed.
    let keys: KeyRing
    let erasing: ErasingFile
    /// What a killed verification left.
    let leftVerification: VerificationScratch
    /// Told after a batch that erased someone. Set before `start`.
    var onErasure: @Sendable () -> Void = {}
    /// What is kept of former positions, which an erasure takes with it. Set before `start`.
    var past: PastViews?
    /// What is prepared for another program, which an erasure takes with it too. Set before `start`.
    var prepared: PreparedViews?

    init(
        log: EventLog, views: ViewStore, admitter: Admitter, keys: KeyRing, meters: StoreMeters, directory: String,
        options: StoreOptions
    ) throws(StoreError) {
        self.log = log
        self.views = views
        self.admitter = admitter
        self.keys = keys
        self.options = options
        erasing = ErasingFile(directory: directory, fileSystem: options.fileSystem)
        leftVerification = VerificationScratch(inStore: directory, fileSystem: options.fileSystem)
        queue = RequestQueue(limit: options.queueLimit)
        do throws(LMDBError) {
            batch = Batch(live: views)
            checkpoint = try views.checkpoint(in: views.beginRead())
        } catch { throw .views(error) }
        guards = GuardContext(batch, views.catalogue, hash: admitter.secrets.token)
        flusher = LogFlusher(log, queue, meters)
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

    func stop(_ reason: String) {
        stopped.withLock { if $0 == nil { $0 = reason } }
    }

    // MARK: One batch

    private func process(_ requests: [PendingRequest]) {
        var next = 0
        while next < requests.count {
            if let pause = requests[next].pause {
                pause.rest()
                next += 1
            } else {
                next = processBatch(requests, from: next)
            }
        }
    }

    /// Applies requests from `first` on up to a pause, commits and answers them; returns the first that had no place any more, since
    /// timers that fell due filled the batch.
    private func processBatch(_ all: [PendingRequest], from first: Int) -> Int {
        let rest = Array(all[first...].prefix { $0.pause == nil })
        let end = first + rest.count
        if let reason = stopped.withLock({ $0 }) {
            answer(rest, Array(repeating: .failure(.stopped(reason)), count: rest.count))
            return end
        }
        var answers: [Result<[Receipt], AppendError>] = []
        answers.reserveCapacity(rest.count)
        logBatch.removeAll()
        subtrees.removeAll(keepingCapacity: true)
        erasures.removeAll()
        position = checkpoint.position
        // Recorded time never goes backwards, whatever the clock does.
        recordedTime = max(recordedTime, DateTime(milliseconds: options.clock.now()))
        do throws(LMDBError) {
            try batch.begin()
        } catch {
            fail(rest, .stopped("the views cannot be read: \(error)"), latching: true)
            return end
        }
        defer { batch.end() }
        for request in rest {
            guard fireTimers(before: request) else { break }
            answers.append(apply(request))
            if let logFailure {
                fail(rest, .stopped(logFailure), latching: true)
                return end
            }
            if let failure = batch.failure {
                fail(rest, .stopped("the views cannot be read: \(failure)"), latching: true)
                return end
            }
        }
        let answered = Array(rest[..<answers.count])
        if !logBatch.isEmpty, let failure = commit() {
            batch.forgetDueBounds()
            fail(answered, failure.error, latching: failure.latches)
            return first + answered.count
        }
        nextDue.store(batch.dueBound.milliseconds, ordering: .relaxed)
        if !logBatch.isEmpty { metrics.recorded(events: logBatch.count, bytes: logBatch.byteCount) }
        answer(answered, answers)
        return first + answered.count
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
}
