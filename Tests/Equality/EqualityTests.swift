import Foundation
import Testing

/// The check itself at a size that every run affords; ANNALS_EQUALITY=1000000 makes it that many events, and a release
/// build (`swift run -c release EqualityCheck 1000000`) makes that bearable.
@Suite struct EqualityTests {
    static let environment = ProcessInfo.processInfo.environment
    static let events = environment["ANNALS_EQUALITY"].flatMap { Int($0) } ?? 3_000
    static let seed = environment["ANNALS_SEED"].flatMap { UInt64($0) } ?? 20_260_101

    @Test func theViewsAreTheSameBytesHoweverTheyCameToBe() throws {
        let process = Process()
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: bundle).deletingLastPathComponent()
            .appendingPathComponent("EqualityCheck")
        process.arguments = ["\(Self.events)", "\(Self.seed)", "4"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        print("equality: \(text)")
        #expect(process.terminationStatus == 0 && text.hasSuffix("equal\n"), "seed \(Self.seed): \(text)")
        #expect(text.contains("imported again, killed 4 times"))
    }
}
