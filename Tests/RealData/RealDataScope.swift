import Annals
import Foundation
import Testing

/// Imports once for the whole suite, and leaves nothing behind.
struct RealDataScope: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard RealEvents.isThere else { return try await function() }
        let directory = FileManager.default.temporaryDirectory.appending(path: "annals-real-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let started = Date()
        let stream = try await ImportedStream.make(in: directory)
        let seconds = [stream.first.seconds, stream.second.seconds, Date().timeIntervalSince(started)]
            .map { "\(($0 * 10).rounded() / 10) s" }
        print("\(stream.fold.lines) events imported in \(seconds[0]), again in \(seconds[1]); in all \(seconds[2])")
        try await ImportedStream.$current.withValue(stream) { try await function() }
        try stream.store.close()
    }
}

extension Trait where Self == RealDataScope {
    static var importedOnce: Self { Self() }
}
