import Dispatch
import EventLog
import Foundation
import LMDB
import Platform
import Synchronization
import Views

/// Snapshots that are held open for another process, which reads the files beside this one without LMDB's locks: while one
/// is held, no page of it or of a later commit is used again. One that is not renewed ends by itself: a reader that stood
/// still, or died, keeps nothing.
public final class SnapshotHolds: Sendable {
    public enum Subject: String, Sendable, CaseIterable { case log, views }

    public enum Failure: Error, Sendable, CustomStringConvertible {
        case tooMany(limit: Int)
        case storage(StoreError)

        public var description: String {
            switch self {
            case .tooMany(let limit): "\(limit) snapshots are held already; try again when one is let go"
            case .storage(let error): "\(error)"
            }
        }
    }

    /// How long one is held that is not renewed.
    public static let seconds = 30
    static let most = 8

    private let log: EventLog
    private let views: ViewStore
    private let randomness: Randomness
    private let seconds: Int
    private let held = Mutex<[String: Hold]>([:])
    private let threads = DispatchGroup()

    package init(
        _ log: EventLog, _ views: ViewStore, _ randomness: Randomness, seconds: Int = SnapshotHolds.seconds
    ) {
        self.log = log
        self.views = views
        self.randomness = randomness
        self.seconds = seconds
    }

    /// Holds a snapshot of now. Returns once it is open.
    public func hold(_ subject: Subject) throws(Failure) -> String {
        let hold = Hold(seconds)
        let id = "\(randomness.bytes(16).withUnsafeBytes { Digest16($0) })"
        try held.withLock { (held) throws(Failure) in
            guard held.count < Self.most else { throw .tooMany(limit: Self.most) }
            held[id] = hold
        }
        threads.enter()
        // On a thread of its own: a snapshot belongs to one, and this one waits.
        let thread = Thread { [self] in
            switch subject {
            case .log:
                do throws(LogError) {
                    let snapshot = try log.snapshot()
                    hold.wait()
                    _ = consume snapshot
                } catch { hold.fail(.log(error)) }
            case .views:
                do throws(LMDBError) {
                    let snapshot = try views.beginRead()
                    hold.wait()
                    snapshot.end()
                } catch { hold.fail(.views(error)) }
            }
            _ = held.withLock { $0.removeValue(forKey: id) }
            threads.leave()
        }
        thread.name = "annals.hold"
        thread.start()
        if let error = hold.opened() { throw .storage(error) }
        return id
    }

    /// Holds it for as long again. False: it is held no more.
    public func renew(_ id: String) -> Bool { held.withLock { $0[id] }?.renew() ?? false }

    /// Lets it go. False: it was held no more.
    public func release(_ id: String) -> Bool { held.withLock { $0[id] }?.release() ?? false }

    /// How many are held.
    public var count: Int { held.withLock { $0.count } }

    /// Lets go of all, and waits until they are closed.
    func stop() {
        for hold in held.withLock({ Array($0.values) }) { _ = hold.release() }
        threads.wait()
    }
}

/// One of them, between its thread and who asks.
private final class Hold: Sendable {
    private struct State {
        var end: DispatchTime
        var isOver = false
        var error: StoreError?
    }

    private let seconds: Int
    private let state: Mutex<State>
    private let isOpen = DispatchSemaphore(value: 0)
    private let over = DispatchSemaphore(value: 0)

    init(_ seconds: Int) {
        self.seconds = seconds
        state = Mutex(State(end: .now() + .seconds(seconds)))
    }

    /// On its thread, the snapshot being open: until it is let go.
    func wait() {
        isOpen.signal()
        while true {
            let end = state.withLock { $0.end }
            if over.wait(timeout: end) == .success { return }
            let isOver = state.withLock { state in
                if state.end <= .now() { state.isOver = true }
                return state.isOver
            }
            if isOver { return }
        }
    }

    func fail(_ error: StoreError) {
        state.withLock { state in
            state.error = error
            state.isOver = true
        }
        isOpen.signal()
    }

    /// Waits until the snapshot is open; why it is not.
    func opened() -> StoreError? {
        isOpen.wait()
        return state.withLock { $0.error }
    }

    func renew() -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.end = .now() + .seconds(seconds)
            return true
        }
    }

    func release() -> Bool {
        let was = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        if was { over.signal() }
        return was
    }
}
