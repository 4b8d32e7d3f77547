import Foundation
import Testing

/// Single bytes changed at random in all that is kept on disk: `DamageCheck`, at a size that every run affords. With
/// ANNALS_CHANGES=10000 that many; a release build (`swift run -c release DamageCheck 10000`) makes it quick.
@Suite struct DamageTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let changes = environment["ANNALS_CHANGES"].flatMap { Int($0) } ?? 150
    private static let seed = environment["ANNALS_SEED"].flatMap { UInt64($0) } ?? 20_260_101

    @Test func eachByteThatAltersContentIsFound() throws {
        let process = Process()
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: bundle).deletingLastPathComponent()
            .appendingPathComponent("DamageCheck")
        process.arguments = ["\(Self.changes)", "\(Self.seed)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        print("damage: \(text)")
        #expect(process.terminationStatus == 0 && text.hasSuffix("all found\n"), "seed \(Self.seed): \(text)")
    }
}
