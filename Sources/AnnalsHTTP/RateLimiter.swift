internal import EventLog
internal import Platform
internal import Synchronization

/// Token buckets: one for each key and one over all. What one of the two refuses costs the other nothing.
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var filledAt: Int64

        mutating func fill(_ rate: Rate, _ now: Int64) {
            // A clock that was set back fills nothing.
            let elapsed = Double(max(0, now &- filledAt))
            tokens = min(Double(rate.burst), tokens + elapsed * rate.perMinute / 60_000)
            filledAt = now
        }

        /// Seconds until there is one, rounded up.
        func wait(_ rate: Rate) -> Int? {
            guard tokens < 1 else { return nil }
            let seconds = ((1 - tokens) * 60 / rate.perMinute).rounded(.up)
            return seconds < 86_400 ? max(1, Int(seconds)) : 86_400
        }
    }

    private struct State {
        var all: Bucket
        var each: [Digest32: Bucket] = [:]
    }

    private let each: Rate
    private let all: Rate
    private let capacity: Int
    private let clock: Clock
    private let state: Mutex<State>

    init(each: Rate, all: Rate, capacity: Int, clock: Clock) {
        self.each = each
        self.all = all
        self.capacity = max(2, capacity)
        self.clock = clock
        state = Mutex(State(all: Bucket(tokens: Double(all.burst), filledAt: clock.now())))
    }

    /// Takes one; or tells after how many seconds there is one. `key`: `nil` for what only all share.
    func take(_ key: String?) -> Int? {
        let now = clock.now()
        // Keys may be as long as requests are; their hashes are not.
        let name = key.map { key in Array(key.utf8).withUnsafeBytes { Digest32.hashing($0) } }
        return state.withLock { state in
            state.all.fill(all, now)
            var mine: Bucket?
            if let name {
                mine = state.each[name] ?? Bucket(tokens: Double(each.burst), filledAt: now)
                mine?.fill(each, now)
            }
            let waits = [state.all.wait(all), mine?.wait(each)].compactMap(\.self)
            if let longest = waits.max() { return longest }
            state.all.tokens -= 1
            if let name, var mine {
                mine.tokens -= 1
                if state.each[name] == nil, state.each.count >= capacity { forget(&state.each, now) }
                state.each[name] = mine
            }
            return nil
        }
    }

    /// The keys that are remembered.
    var count: Int { state.withLock { $0.each.count } }

    /// Full buckets are as good as none. Where there are too few of them, half of all go, the fullest first: who was asked
    /// about most is remembered longest.
    private func forget(_ buckets: inout [Digest32: Bucket], _ now: Int64) {
        for name in buckets.keys { buckets[name]?.fill(each, now) }
        buckets = buckets.filter { $0.value.tokens < Double(each.burst) }
        guard buckets.count > capacity / 2 else { return }
        let emptiest = buckets.sorted { $0.value.tokens < $1.value.tokens }.prefix(capacity / 2)
        buckets = Dictionary(uniqueKeysWithValues: emptiest.map { ($0.key, $0.value) })
    }
}
