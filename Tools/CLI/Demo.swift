import Annals
import BSON
import Dispatch
import EventGenerator
import Schema
import Views

/// A store with something in it, and what to try first.
struct Demo {
    let store: Store
    static let events = 20_000
    static let seed: UInt64 = 7
    static let days: Int64 = 60

    /// Appends events of a made-up service where the store has none.
    func fill() throws {
        guard store.position == 0 else { return }
        let progress = Progress(isSilent: false)
        let end = store.options.clock.now()
        var generator = EventGenerator.ending(at: end, count: Self.events) { start in
            EventGenerator(
                seed: Self.seed, users: 500, start: start ?? end - Self.days * 86_400_000,
                eventsPerDay: Self.events / Int(Self.days), timers: false)
        }
        var parser = JSON.Parser()
        var line: [UInt8] = []
        let window = DispatchSemaphore(value: 0)
        let size = 2_000
        for _ in 0..<size { window.signal() }
        for number in 1...Self.events {
            line.removeAll(keepingCapacity: true)
            generator.next(into: &line)
            let event = try line.withUnsafeBytes { line in
                try parser.parse(line, extended: true).withRaw { try CloudEvent.parse($0) }
            }
            window.wait()
            store.submit([event], isHistory: true) { _ in window.signal() }
            progress.show("making demo data: \(Figure.grouped(number)) of \(Figure.grouped(Self.events)) events")
        }
        for _ in 0..<size { window.wait() }
        progress.end()
        if let reason = store.stopReason { throw Failure(.inputOutput, reason) }
    }

    func sayWhereToLook(_ url: String) {
        let user = (try? firstID("users")).flatMap(\.self) ?? "ID"
        Console.note(
            """

            Append an event, and see the view it changed:
              curl -s \(url)/v1/events -H 'content-type: application/json' -d '{"specversion":"1.0","id":"1",
                "source":"/demo","type":"user.registered","data":{"email":"ada@example.org","name":"Ada",
                "authMethod":"google"}}'
              curl -s \(url)/v1/collections/users/\(user)
            Send it again: it is there already. Send {"type":"user.registered"} without an email: told why not.

            The same program asks the store, while the server runs and after:
              Tools/annals collections --data \(store.directory)
              Tools/annals query communityposts '{"status":"published"}' --sort '{"publishedAt":-1}' --limit 3 \
            --data \(store.directory)
              Tools/annals events --follow --data \(store.directory)
              Tools/annals replay verify --data \(store.directory)
            """)
    }

    private func firstID(_ collection: String) throws -> String? {
        guard let model = store.catalogue[collection] else { return nil }
        let snapshot = try store.snapshot()
        var id: String?
        try snapshot.forEachDocument(model) { _, document in
            id = document.value(named: "_id")?.objectID?.description
            return false
        }
        return id
    }
}
