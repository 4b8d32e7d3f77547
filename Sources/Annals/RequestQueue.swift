internal import Glibc

/// The queue before the sequencer: many threads add, one takes all that waits.
///
/// @unchecked Sendable: every stored property is read and written under `mutex` alone; `mutex` and `changed` are at a
/// fixed address for the object's life.
final class RequestQueue: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var waiting: [PendingRequest] = []
    private var waitingEvents = 0
    private var isClosed = false
    /// Who waits for room; woken all at once when some was made.
    private var waitingForRoom: [CheckedContinuation<Void, Never>] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    enum Admission { case accepted, full, closed }

    func add(_ request: PendingRequest) -> Admission {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return .closed }
        guard hasRoom(request.events.count) else { return .full }
        waiting.append(request)
        waitingEvents += request.events.count
        if waiting.count == 1 { pthread_cond_signal(changed) }
        return .accepted
    }

    /// Under `mutex`.
    private func hasRoom(_ events: Int) -> Bool { waiting.isEmpty || waitingEvents + events <= limit }

    /// Adds the request as soon as there is room; it may overtake others who wait, never one added before.
    func addWhenRoom(_ request: PendingRequest) async -> Admission {
        while true {
            let admission = add(request)
            guard case .full = admission else { return admission }
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                pthread_mutex_lock(mutex)
                let goesOn = isClosed || hasRoom(request.events.count)
                if !goesOn { waitingForRoom.append(continuation) }
                pthread_mutex_unlock(mutex)
                if goesOn { continuation.resume() }
            }
        }
    }

    /// Waits for requests and takes them in their order, up to a bound of events and bytes, but at least one; `nil` once
    /// the queue is closed and empty.
    func take(events: Int, bytes: Int) -> [PendingRequest]? {
        pthread_mutex_lock(mutex)
        let taken = takeLocked(events: events, bytes: bytes)
        let woken = waitingForRoom
        waitingForRoom.removeAll()
        pthread_mutex_unlock(mutex)
        for continuation in woken { continuation.resume() }
        return taken
    }

    private func takeLocked(events: Int, bytes: Int) -> [PendingRequest]? {
        while waiting.isEmpty {
            if isClosed { return nil }
            pthread_cond_wait(changed, mutex)
        }
        var count = 0
        var eventCount = 0
        var byteCount = 0
        while count < waiting.count {
            let next = waiting[count]
            if count > 0, eventCount + next.events.count > events || byteCount + next.byteCount > bytes { break }
            eventCount += next.events.count
            byteCount += next.byteCount
            count += 1
        }
        let taken = Array(waiting[..<count])
        waiting.removeFirst(count)
        waitingEvents -= eventCount
        return taken
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(changed)
        let woken = waitingForRoom
        waitingForRoom.removeAll()
        pthread_mutex_unlock(mutex)
        for continuation in woken { continuation.resume() }
    }

    var depth: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return waitingEvents
    }
}
