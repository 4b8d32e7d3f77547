internal import BSON
internal import Dispatch
internal import Synchronization

/// Reads a stretch of the log by several threads: every checksum, no gap, recorded time not going backwards, every leaf.
/// Each thread takes chunk after chunk, in a snapshot of its own that is short.
public struct LogSweep: Sendable {
    /// A chunk is a subtree of this level.
    public static let chunkLevel: UInt8 = 11
    /// So many records; sweeps that go on elsewhere do so at a multiple of it.
    public static let chunkCount: UInt64 = 1 << UInt64(chunkLevel)

    /// What a thread made of some records.
    public struct Chunk: Sendable {
        /// Positions.
        public let first: UInt64
        public let last: UInt64
        /// Its hash, where it is whole and its leaves were not asked for.
        public let subtree: Digest32?
        /// Else the leaves, in order.
        public let leaves: [Digest32]
        public let lastLeaf: Digest32
        /// Recorded times, milliseconds.
        public let from: Int64
        public let through: Int64
        /// Of its records.
        public let byteCount: Int
    }

    public let log: EventLog
    public let threads: Int

    public init(_ log: EventLog, threads: Int) {
        self.log = log
        self.threads = max(1, threads)
    }

    /// Gives the chunks of `first...last` to `body` in order, on this thread.
    ///
    /// - Parameters:
    ///   - first: one more than a multiple of ``chunkCount``.
    ///   - last: a position that the log has.
    ///   - needsLeaves: whether a chunk's leaves are wanted one by one.
    ///   - body: takes them; what it throws ends the sweep.
    public func run(
        from first: UInt64, through last: UInt64,
        needsLeaves: @escaping @Sendable (ClosedRange<UInt64>) -> Bool,
        _ body: (Chunk) throws(LogError) -> Void
    ) throws(LogError) {
        guard first <= last else { return }
        let desk = Desk(first: first, last: last, width: threads * 4)
        let workers = DispatchGroup()
        for _ in 0..<threads {
            DispatchQueue.global().async(group: workers) {
                while let positions = desk.take() {
                    do throws(LogError) {
                        desk.put(.success(try chunk(positions, needsLeaves(positions))), positions.lowerBound)
                    } catch { desk.put(.failure(error), positions.lowerBound) }
                }
            }
        }
        defer {
            desk.stop(threads)
            workers.wait()
        }
        var next = first
        while next <= last {
            let chunk = try desk.chunk(next).get()
            try body(chunk)
            next = chunk.last + 1
        }
    }

    /// Its own records, and those that a thread will come to while it waits for none.
    private func prefetch(_ positions: ClosedRange<UInt64>, _ snapshot: borrowing LogSnapshot) {
        snapshot.prefetch(from: positions.lowerBound, through: positions.upperBound)
        let ahead = UInt64(threads * 2) * Self.chunkCount
        snapshot.prefetch(from: positions.lowerBound + ahead, through: positions.upperBound + ahead)
    }

    private func chunk(_ positions: ClosedRange<UInt64>, _ needsLeaves: Bool) throws(LogError) -> Chunk {
        let isWhole = positions.count == Self.chunkCount
        var leaves: [Digest32] = []
        var frontier = MerkleFrontier()
        var (from, through) = (Int64.max, Int64.min)
        var last = Digest32.zero
        var byteCount = 0
        let snapshot = try log.snapshot()
        prefetch(positions, snapshot)
        let found = try snapshot.read(from: positions.lowerBound, through: positions.upperBound) {
            (record) throws(LogError) in
            let time = record.recordedTime.milliseconds
            guard time >= through else { throw .recordedTimeBackwards(position: record.position) }
            from = min(from, time)
            through = time
            byteCount += record.bytes.count
            last = record.leaf
            if needsLeaves || !isWhole { leaves.append(last) } else { frontier.append(last) }
            return true
        }
        guard found == positions.count else { throw .missingRecord(position: positions.lowerBound + UInt64(found)) }
        return Chunk(
            first: positions.lowerBound, last: positions.upperBound,
            subtree: leaves.isEmpty ? frontier.root : nil, leaves: leaves, lastLeaf: last, from: from,
            through: through, byteCount: byteCount)
    }
}

/// Where threads take chunks to read, and put what they made of them.
private final class Desk: Sendable {
    private struct State {
        var next: UInt64
        var isStopped = false
        var done: [UInt64: Result<LogSweep.Chunk, LogError>] = [:]
    }

    private let last: UInt64
    private let state: Mutex<State>
    /// One for each chunk that was put here.
    private let ready = DispatchSemaphore(value: 0)
    /// One for each chunk that may be taken ahead of the one that is waited for.
    private let room: DispatchSemaphore

    init(first: UInt64, last: UInt64, width: Int) {
        self.last = last
        state = Mutex(State(next: first))
        room = DispatchSemaphore(value: 0)
        for _ in 0..<width { room.signal() }
    }

    func take() -> ClosedRange<UInt64>? {
        room.wait()
        return state.withLock { state in
            guard !state.isStopped, state.next <= last else { return nil }
            let first = state.next
            state.next = first + LogSweep.chunkCount
            return first...min(last, first + LogSweep.chunkCount - 1)
        }
    }

    func put(_ result: Result<LogSweep.Chunk, LogError>, _ first: UInt64) {
        state.withLock { $0.done[first] = result }
        ready.signal()
    }

    /// Waits for the chunk that begins at a position, and makes room for another.
    func chunk(_ first: UInt64) -> Result<LogSweep.Chunk, LogError> {
        while true {
            if let result = state.withLock({ $0.done.removeValue(forKey: first) }) {
                room.signal()
                return result
            }
            ready.wait()
        }
    }

    /// Whoever waits to take a chunk ends.
    func stop(_ threads: Int) {
        state.withLock { $0.isStopped = true }
        for _ in 0..<threads { room.signal() }
    }
}
