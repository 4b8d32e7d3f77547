import BSON
import Glibc
import Testing

@Suite struct JSONNumberTests {
    func parsed(_ text: String) throws -> Double? {
        guard case .double(let value) = try JSON.parseValue(text, extended: false) else { return nil }
        return value
    }

    /// Decimal texts of all lengths and exponents read as the C library reads them.
    @Test func decimalsAreCorrectlyRounded() throws {
        var generator = JSONDocumentGenerator(seed: 11)
        for _ in 0..<20_000 {
            var text = generator.below(2) == 0 ? "-" : ""
            let digits = 1 + generator.below(22)
            text += String(1 + generator.below(9))
            for _ in 1..<digits { text += String(generator.below(10)) }
            text += "."
            for _ in 0...generator.below(20) { text += String(generator.below(10)) }
            if generator.below(2) == 0 { text += "e\(generator.below(600) - 320)" }
            let expected = strtod(text, nil)
            if expected.isFinite {
                let value = try parsed(text)
                #expect(value?.bitPattern == expected.bitPattern, "\(text)")
            } else {
                #expect(throws: JSONError.self) { try parsed(text) }
            }
        }
    }

    /// The edges of the exact fast path: 2^53 and 10^22 from both sides.
    @Test func edgesOfTheFastPath() throws {
        for mantissa in [9_007_199_254_740_991, 9_007_199_254_740_992, 9_007_199_254_740_993, 1, 3] as [Int64] {
            for exponent in [-24, -23, -22, -21, -1, 0, 1, 21, 22, 23, 24] {
                let text = "\(mantissa)e\(exponent)"
                #expect(try parsed(text)?.bitPattern == strtod(text, nil).bitPattern, "\(text)")
            }
        }
    }

    @Test func shortestTextGivesTheSameDouble() throws {
        var generator = JSONDocumentGenerator(seed: 12)
        for _ in 0..<20_000 {
            let value = generator.double()
            guard value.isFinite else { continue }
            let text = JSON.string(.double(value), style: .relaxed)
            #expect(try parsed(text)?.bitPattern == value.bitPattern, "\(text)")
        }
    }

    @Test func doublesStayDoubles() {
        let texts: [(Double, String)] = [
            (1, "1.0"), (-1, "-1.0"), (0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e16, "1e+16"), (1e300, "1e+300"),
            (9_007_199_254_740_991, "9007199254740991.0"), (.leastNonzeroMagnitude, "5e-324"), (123456.75, "123456.75"),
        ]
        for (value, text) in texts { #expect(JSON.string(.double(value), style: .relaxed) == text) }
    }
}
