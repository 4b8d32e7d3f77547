import Foundation
import Testing

/// Readers that stop in the midst, while events are written as fast as they are taken, cost the views' file next to nothing.
/// `ANNALS_STALL=600` has them stop for ten minutes.
@Suite struct StalledReaderTests {
    @Test func theyCostNoRoom() throws {
        let seconds = ProcessInfo.processInfo.environment["ANNALS_STALL"].flatMap { Int($0) } ?? 20
        let outcome = try Program.run(
            "/usr/bin/env",
            [
                "ANNALS_PROGRAM=\(try Program.path("annals"))", "PYTHONDONTWRITEBYTECODE=1", "timeout",
                "\(4 * seconds + 120)", "python3", "\(PythonClients.tools)/Bench/stalled", "--seconds", "\(seconds)",
                "--json",
            ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try #require(try outcome.objects.first, "\(outcome.errors)")
        print("stalled readers: \(outcome.output)")
        #expect(report["streams"] as? Int ?? 0 >= 8 && report["grownAlone"] as? Int ?? 0 > 1 << 20)
    }
}
