internal import BSON

/// The standard deviation of a stream of numbers (Welford): one pass, and no difference of large sums.
struct Deviation {
    private var count = 0.0
    private var mean = 0.0
    private var squares = 0.0

    /// Adds a number; other values, and a missing one, do not count.
    mutating func add(_ value: RawValue?) {
        guard let value, let number = Number(value)?.double else { return }
        count += 1
        let distance = number - mean
        mean += distance / count
        squares += distance * (number - mean)
    }

    /// A double; null where there are too few numbers.
    func value(isSample: Bool) -> Value {
        let divisor = isSample ? count - 1 : count
        return divisor > 0 ? .double((squares / divisor).squareRoot()) : .null
    }
}
