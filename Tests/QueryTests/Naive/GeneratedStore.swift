import Annals
import BSON
import EventGenerator
import Foundation
import Platform
import Projections
import Schema
import Testing

/// A store with documents in all 29 collections, made of generated events, and its documents decoded. Once for a suite.
final class GeneratedStore: Sendable {
    static let events = 5_000
    @TaskLocal static var current: GeneratedStore?

    let store: Store
    /// By collection, in the order of `_id`, as they may leave.
    let documents: [String: [Document]]
    private let directory: String

    init(seed: UInt64) async throws {
        directory = NSTemporaryDirectory() + "annals-generated-\(UUID().uuidString)"
        var options = StoreOptions()
        options.log.mapBytes = 1 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 1 << 30
        options.passwordRounds = 2
        options.firesTimers = false
        options.randomness = .seeded(seed)
        options.clock = .fixed(1_704_067_200_000)
        let store = try Store(directory: directory, collections: allCollections, options: options)
        self.store = store
        var generator = EventGenerator(seed: seed, users: 40, start: 1_704_067_200_000, mix: .everything)
        var line: [UInt8] = []
        for _ in 0..<Self.events / 250 {
            var events: [NewEvent] = []
            for _ in 0..<250 {
                line.removeAll(keepingCapacity: true)
                generator.next(into: &line)
                let object = try line.withUnsafeBytes { try JSON.parse($0, extended: false) }
                events.append(try object.withRaw { try CloudEvent.parse($0) })
            }
            try await store.append(events)
        }
        documents = try store.read { snapshot in
            var documents: [String: [Document]] = [:]
            for model in store.catalogue.collections {
                var rows: [Document] = []
                try snapshot.forEachDocument(model) { _, document in
                    rows.append(redacted(document, model))
                    return true
                }
                documents[model.name] = rows
            }
            return documents
        }
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// Fills a store once for the suite.
struct GeneratedStoreScope: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let store = try await GeneratedStore(seed: RandomSettings.seed)
        try await GeneratedStore.$current.withValue(store) { try await function() }
    }
}

extension Trait where Self == GeneratedStoreScope {
    static var generatedOnce: Self { Self() }
}

/// What the environment says of random tests: `ANNALS_SEED`, and `ANNALS_QUERIES` for so many of them, however long they
/// take.
enum RandomSettings {
    static let seed = number("ANNALS_SEED").map(UInt64.init) ?? 20_260_128
    private static let queries = number("ANNALS_QUERIES")
    /// Unless so many are asked for: the most, and the fewest, however slow the machine is.
    private static let most = 100_000
    private static let fewest = 290

    /// - Parameters:
    ///   - seconds: how long it goes on where no number was asked for.
    ///   - share: of the number that was.
    static func rounds(seconds: Int, share: Int = 1) -> Rounds {
        if let queries { return Rounds(most: queries / share, fewest: queries / share, end: .now) }
        return Rounds(most: most / share, fewest: fewest, end: .now + .seconds(seconds))
    }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}

/// 0, 1, 2 … as long as there is time.
struct Rounds: Sequence, IteratorProtocol {
    let most: Int
    let fewest: Int
    let end: ContinuousClock.Instant
    private var round = 0
    /// Long runs tell how far they are, so often.
    private static let told = 10_000

    init(most: Int, fewest: Int, end: ContinuousClock.Instant) {
        self.most = most
        self.fewest = fewest
        self.end = end
    }

    mutating func next() -> Int? {
        guard round < most, round < fewest || .now < end else { return nil }
        if fewest >= Self.told, round > 0, round.isMultiple(of: Self.told) {
            FileHandle.standardError.write(Data("  \(round) of \(fewest)\n".utf8))
        }
        defer { round += 1 }
        return round
    }
}
