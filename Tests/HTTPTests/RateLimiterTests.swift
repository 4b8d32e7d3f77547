import Platform
import Testing

@testable import AnnalsHTTP

/// Token buckets, by a clock that is moved by hand.
@Suite struct RateLimiterTests {
    private let clock = ManualClock(milliseconds: 1_000)

    private func limiter(each: Rate, all: Rate = Rate(burst: 1_000, perMinute: 60_000), capacity: Int = 100)
        -> RateLimiter
    {
        RateLimiter(each: each, all: all, capacity: capacity, clock: clock.clock)
    }

    @Test func aBurstThenByAndBy() {
        let limiter = limiter(each: Rate(burst: 3, perMinute: 6))
        for _ in 0..<3 { #expect(limiter.take("ada") == nil) }
        #expect(limiter.take("ada") == 10)
        // Another one is not touched.
        #expect(limiter.take("eve") == nil)
        clock.advance(milliseconds: 9_999)
        #expect(limiter.take("ada") == 1)
        clock.advance(milliseconds: 1)
        #expect(limiter.take("ada") == nil)
        #expect(limiter.take("ada") == 10)
        // However long one waits, it is a burst and no more.
        clock.advance(milliseconds: 3_600_000)
        for _ in 0..<3 { #expect(limiter.take("ada") == nil) }
        #expect(limiter.take("ada") != nil)
    }

    @Test func whatOneIsRefusedCostsTheOthersNothing() {
        let limiter = limiter(each: Rate(burst: 1, perMinute: 1), all: Rate(burst: 3, perMinute: 60))
        #expect(limiter.take("ada") == nil)
        for _ in 0..<50 { #expect(limiter.take("ada") == 60) }
        #expect(limiter.take("eve") == nil)
        #expect(limiter.take(nil) == nil)
        #expect(limiter.take("bob") == 1)
        // And what all are refused costs none of them.
        clock.advance(milliseconds: 1_000)
        #expect(limiter.take("bob") == nil)
    }

    @Test func aClockThatIsSetBackGivesNothingAndTakesNothing() {
        let limiter = limiter(each: Rate(burst: 2, perMinute: 60))
        #expect(limiter.take("ada") == nil)
        clock.advance(milliseconds: -60_000)
        #expect(limiter.take("ada") == nil)
        #expect(limiter.take("ada") == 1)
        clock.advance(milliseconds: 1_000)
        #expect(limiter.take("ada") == nil)
    }

    @Test func memoryIsBoundedAndTheMostAskedAboutAreKept() {
        let limiter = limiter(each: Rate(burst: 3, perMinute: 0.001), capacity: 50)
        for _ in 0..<3 { #expect(limiter.take("ada") == nil) }
        for number in 0..<900 {
            #expect(limiter.take("other \(number)") == nil)
            #expect(limiter.count <= 50)
            clock.advance(milliseconds: 10)
        }
        #expect(limiter.take("ada") != nil)
    }

    @Test func noRateAtAllIsADay() {
        let limiter = limiter(each: Rate(burst: 0, perMinute: 0))
        #expect(limiter.take("ada") == 86_400)
    }
}
