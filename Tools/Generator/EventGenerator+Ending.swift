extension EventGenerator {
    /// A generator whose first `count` events end at a moment, or a little before it.
    ///
    /// Time leaps where the generator waits for something to fall due, and months differ in length: how long a history
    /// is shows when it is made. A shifted one is a little longer or shorter, so of some tries the nearest is taken.
    /// - Parameters:
    ///   - end: in milliseconds since 1970; no event of the `count` is later.
    ///   - count: the number of events.
    ///   - start: makes a generator that starts at the moment it is given, or, where that is nil, at one of its choice.
    public static func ending(
        at end: Int64, count: Int, startingAt start: (_ moment: Int64?) -> EventGenerator
    ) -> EventGenerator {
        var best: EventGenerator?
        var nearest = Int64.min
        var moment: Int64?
        var tries = 0
        while best == nil || (tries < 12 && nearest < -3_600_000) {
            let generator = start(moment)
            let excess = generator.end(of: count) - end
            if excess <= 0, excess > nearest {
                best = generator
                nearest = excess
            }
            // Where no try ended in time, each next one aims a day earlier.
            tries += 1
            let aim = tries < 12 ? 0 : Int64(tries - 11) * 86_400_000
            moment = generator.now - excess - aim
        }
        return best ?? start(moment)
    }

    /// The time of the last of the next `count` events.
    private func end(of count: Int) -> Int64 {
        var copy = self
        var line: [UInt8] = []
        for _ in 0..<count {
            line.removeAll(keepingCapacity: true)
            copy.next(into: &line)
        }
        return copy.now
    }
}
