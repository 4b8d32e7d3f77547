import Annals
import AnnalsClient
import BSON
import Foundation
import Projections

/// `annals rebuild --prepare`: this program's views of a store that a server has open, made beside it.
struct PrepareCommand {
    let place: StorePlace
    let isJSON: Bool

    /// So many events may be left for the next opening.
    private static let mostLeft: UInt64 = 1_000
    /// How often it begins anew where somebody was erased, and how many rounds follow a writer that is fast.
    private static let (attempts, rounds) = (10, 10)

    func run() async throws {
        let directory = try place.directory.existing()
        guard let client = try place.client() else {
            throw Failure(
                .unavailable,
                "no server has \(directory) open; `annals rebuild` folds its views at once, and so does opening it")
        }
        let preparation = ViewPreparation(
            of: directory, collections: allCollections, options: try place.directory.options())
        let start = Date()
        let progress = Progress(isSilent: isJSON)
        try await place.with(client) { client in
            let (position, end) = try await follow(preparation, client, progress)
            progress.end()
            try say(directory, position, end, Date().timeIntervalSince(start))
        }
    }

    /// - Returns: where the views are, and where the log was then.
    private func follow(
        _ preparation: ViewPreparation, _ client: AnnalsClient, _ progress: Progress
    ) async throws -> (UInt64, UInt64) {
        var (lost, rounds) = (0, 0)
        while true {
            do {
                let (position, end) = try await round(preparation, client, progress)
                rounds += 1
                if end - position <= Self.mostLeft || rounds >= Self.rounds { return (position, end) }
            } catch let error as StoreError where error.isPreparationLost && lost < Self.attempts {
                lost += 1
                progress.end()
                Console.note("somebody was erased, and what was prepared with them: beginning anew")
            }
        }
    }

    private func round(
        _ preparation: ViewPreparation, _ client: AnnalsClient, _ progress: Progress
    ) async throws -> (UInt64, UInt64) {
        let round = try preparation.begin()
        let position: UInt64
        do {
            var next = round.position + 1
            var through: UInt64?
            repeat {
                let chapter = try await client.exportChapter(from: next, to: through)
                try preparation.add(chapter.lines, to: round)
                // An empty one says that there is no more.
                guard chapter.last >= next else { break }
                through = through ?? chapter.through
                next = chapter.last + 1
                progress.show(
                    "copied \(Figure.grouped(chapter.last)) of \(Figure.grouped(through ?? chapter.last)) events")
            } while next <= through ?? 0
            progress.show("folding \(Figure.grouped(next - 1 - round.position)) events")
            position = try preparation.finish(round)
        } catch {
            preparation.abandon(round)
            throw error
        }
        let end = try await client.exportChapter(from: position + 1).through
        return (position, max(position, end))
    }

    private func say(_ directory: String, _ position: UInt64, _ end: UInt64, _ seconds: Double) throws {
        if isJSON {
            return try Console.printJSON([
                "position": .int64(Int64(clamping: position)), "behind": .int64(Int64(clamping: end - position)),
                "seconds": .double((seconds * 1000).rounded() / 1000),
            ])
        }
        try Console.print(
            "\(Console.green("prepared")) to position \(Figure.grouped(position)), \(Figure.grouped(end - position)) "
                + "events behind, in \(Figure.seconds(seconds))")
        Console.note(
            "stop the server, and start this program on \(directory): it takes them, and folds what came since")
    }
}

extension StoreError {
    fileprivate var isPreparationLost: Bool {
        if case .rebuild(.preparationLost) = self { true } else { false }
    }
}
