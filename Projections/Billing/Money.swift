/// Sums of amounts as people wrote them: what is added is the shortest decimal that reads back as the same double, so
/// that 0.1 and 0.2 make 0.3.
enum Money {
    /// The exact sum, rounded once; amounts too far apart for 128 bits are added as doubles.
    static func sum(_ a: Double, _ b: Double) -> Double {
        guard let first = Amount(a), let second = Amount(b) else { return a + b }
        return Amount.exactSum(first, second)?.double ?? a + b
    }

    static func difference(_ a: Double, _ b: Double) -> Double { sum(a, -b) }
}
