import Glibc
import Synchronization

/// Where the engine gets the time from. Nothing else in the engine asks the system for it.
public struct Clock: Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var now: @Sendable () -> Int64

    public init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// The machine's wall clock. It may jump, in either direction.
    public static let system = Clock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// A clock that always says the same.
    public static func fixed(_ milliseconds: Int64) -> Clock {
        Clock { milliseconds }
    }
}

/// A clock that moves only when it is told to.
public final class ManualClock: Sendable {
    private let milliseconds: Atomic<Int64>

    public init(milliseconds: Int64 = 0) {
        self.milliseconds = Atomic(milliseconds)
    }

    public var now: Int64 {
        milliseconds.load(ordering: .sequentiallyConsistent)
    }

    public func set(milliseconds: Int64) {
        self.milliseconds.store(milliseconds, ordering: .sequentiallyConsistent)
    }

    /// Moves the clock; a negative amount moves it back.
    public func advance(milliseconds: Int64) {
        self.milliseconds.wrappingAdd(milliseconds, ordering: .sequentiallyConsistent)
    }

    /// This clock as the engine takes it.
    public var clock: Clock {
        Clock { self.now }
    }
}
