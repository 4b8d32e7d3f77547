import Annals
import EventLog
import Platform
import Projections
import Testing
import Views

/// What all tests of the suite look at: the stream folded by hand, and imported into a store, twice.
struct ImportedStream: Sendable {
    let store: Store
    let fold: NaiveFold
    let first: Import
    let second: Import

    @TaskLocal static var current: ImportedStream?

    static func required() throws -> ImportedStream { try #require(current, "the suite's scope made no stream") }

    static func make(in directory: String) async throws -> ImportedStream {
        let events = try RealEvents()
        // Beside parsing and importing, so that two cores have work.
        async let folding = NaiveFold(events)
        let store = try Store(directory: directory, collections: allCollections, options: options)
        let parsed = try Import.parse(events)
        let first = await Import.run(parsed, into: store)
        let second = await Import.run(parsed, into: store)
        return ImportedStream(store: store, fold: try await folding, first: first, second: second)
    }

    /// A map that holds it all, cheap passwords, seeded ids, a clock that stands still well after the stream's end.
    private static var options: StoreOptions {
        var options = StoreOptions()
        options.log.mapBytes = 8 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 8 << 30
        options.passwordRounds = 2
        options.firesTimers = false
        options.randomness = .seeded(1)
        options.clock = .fixed(1_800_000_000_000)
        return options
    }
}
