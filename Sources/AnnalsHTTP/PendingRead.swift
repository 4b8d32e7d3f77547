internal import Annals
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// A read that has its place in the trail: filled at its end, whatever the end is. Of an answer that takes long, such as a
/// stream, a part is written every minute, so that a server that dies leaves a minute unwritten at most.
final class PendingRead: Sendable {
    private struct State {
        var status = 200
        var bytes = 0
        var part = 0
        var start = ContinuousClock.now
        var hasPlace = true
    }

    private let trail: ReadTrail
    private let note: ReadNote
    private let entry: @Sendable (ReadNote) -> ReadEntry
    private let state = Mutex(State())
    /// Of one part.
    private let longest: Duration

    /// `entry`: all but how much, and how long; asked when the rest is known.
    init(_ trail: ReadTrail, _ note: ReadNote, longest: Duration, entry: @escaping @Sendable (ReadNote) -> ReadEntry) {
        self.trail = trail
        self.note = note
        self.longest = longest
        self.entry = entry
    }

    /// Nobody took the answer.
    deinit { end(bytes: 0) }

    var status: Int {
        get { state.withLock { $0.status } }
        set { state.withLock { $0.status = newValue } }
    }

    /// All is sent, or all that will be.
    func end(bytes: Int) {
        guard let ended = left(bytes) else { return }
        write(ended)
    }

    private func left(_ bytes: Int) -> State? {
        state.withLock { state in
            guard state.hasPlace else { return nil }
            state.hasPlace = false
            state.bytes += bytes
            return state
        }
    }

    /// Nothing was read.
    func forget() {
        if left(0) != nil { trail.cancel() }
    }

    private func write(_ state: State, isPart: Bool = false) {
        var entry = entry(note)
        let sums = note.taken()
        entry.examined = sums.examined
        entry.returned = sums.returned
        entry.bytes = state.bytes
        entry.status = state.status
        entry.microseconds = state.start.duration(to: .now).nanoseconds / 1_000
        if isPart || state.part > 0 { entry.part = state.part + 1 }
        trail.write(entry)
    }

    // MARK: Answers without a length

    func send(_ body: ResponseBody, to writer: any ResponseBodyWriter) async throws {
        defer { end(bytes: 0) }
        try await body.write(Writer(parent: writer, read: self))
    }

    private struct Writer: ResponseBodyWriter {
        var parent: any ResponseBodyWriter
        let read: PendingRead

        mutating func write(_ buffer: ByteBuffer) async throws {
            // Before it is written: who takes most of it and goes has read it.
            read.add(buffer.readableBytes)
            try await parent.write(buffer)
            try read.endPart()
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            try await parent.finish(trailingHeaders)
        }
    }

    private func add(_ byteCount: Int) { state.withLock { $0.bytes += byteCount } }

    /// Writes a part where it is time. The next part has its place before.
    /// - Throws: the trail has none: the answer breaks off.
    private func endPart() throws(Problem) {
        func isDue(_ state: State) -> Bool { state.hasPlace && state.start.duration(to: .now) >= longest }
        guard state.withLock({ isDue($0) }) else { return }
        do throws(ReadTrailError) { try trail.begin() } catch { throw Problem(error) }
        let part = state.withLock { state -> State? in
            guard isDue(state) else { return nil }
            defer {
                state.part += 1
                state.bytes = 0
                state.start = .now
            }
            return state
        }
        if let part { write(part, isPart: true) } else { trail.cancel() }
    }
}
