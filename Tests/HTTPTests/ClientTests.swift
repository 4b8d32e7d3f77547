import Annals
import AnnalsClient
import AnnalsHTTP
import BSON
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Projections
import Synchronization
import Testing

/// The client against a real server over a socket.
@Suite struct ClientTests {
    private func withClient(
        _ test: @Sendable (Store, AnnalsClient, _ port: Int) async throws -> Void
    ) async throws {
        try await TestServer.run { store, http in
            let port = try #require(http.port)
            let client = try AnnalsClient(url: "http://127.0.0.1:\(port)/", attempts: 2, pause: .milliseconds(10))
            do { try await test(store, client, port) } catch {
                try? await client.close()
                throw error
            }
            try await client.close()
        }
    }

    private func user(_ number: Int) throws -> Document { try JSON.parse(Sample.user(number), extended: true) }

    @Test func appendsAndAsks() async throws {
        try await withClient { store, client, _ in
            let receipt = try await client.append(try user(1))
            #expect(receipt.position == 1 && receipt.documentID == Sample.objectID(1) && !receipt.wasThere)
            #expect(try await client.append(try user(1)).wasThere)
            let receipts = try await client.append([try user(2), try user(3)])
            #expect(receipts.map(\.position) == [2, 3])
            #expect(try await client.append([]).isEmpty)
            let found = try await client.document("users", id: Sample.objectID(2))
            #expect(found?["email"] == "user2@users.example")
            #expect(try await client.document("users", id: Sample.objectID(9)) == nil)
            let page = try await client.find("users", sort: ["_id": 1], limit: 2, afterPosition: 3)
            #expect(page.documents.count == 2 && page.position == 3)
            let rest = try await client.find("users", sort: ["_id": 1], limit: 2, cursor: page.cursor)
            #expect(rest.documents.map { $0["email"] } == ["user3@users.example"] && rest.cursor == nil)
            #expect(try await client.count("users", filter: ["name": "Ada"]) == 3)
            #expect(try await client.aggregate("users", [["$count": "n"]]).documents.first?["n"] == 3)
            #expect(store.position == 3)
        }
    }

    @Test func refusalsAreProblems() async throws {
        try await withClient { _, client, _ in
            let bad = try JSON.parse(Sample.user(1, email: "no address"), extended: true)
            do {
                try await client.append(bad)
                Issue.record("it was accepted")
            } catch {
                guard case .problem(let problem)? = error as? ClientError else {
                    Issue.record("\(error)")
                    return
                }
                #expect(problem.status == 422 && problem.name == "refused")
                #expect(problem.errors.first?["field"] == "email")
            }
            #expect(throws: ClientError.self) { try AnnalsClient(url: "ftp://x") }
        }
    }

    @Test func aServerThatIsNotThereIsTold() async throws {
        let client = try AnnalsClient(url: "http://127.0.0.1:1", attempts: 2, pause: .milliseconds(1))
        do {
            _ = try await client.count("users")
            Issue.record("somebody answered")
        } catch {
            guard case .unreachable = error else {
                Issue.record("\(error)")
                return
            }
        }
        try await client.close()
    }

    @Test func followsWhatComes() async throws {
        try await withClient { _, client, _ in
            for number in 1...3 { try await client.append(try user(number)) }
            let load = Task {
                for number in 4...20 { try await client.append(try user(number)) }
            }
            var positions: [UInt64] = []
            for try await event in client.events(after: 1, types: ["user.*"]) {
                positions.append(event.position)
                #expect(event.document["type"] == "user.registered")
                if event.position == 20 { break }
            }
            try await load.value
            #expect(positions == Array(2...20))
        }
    }

    /// A consumer that goes on after a new start with what it had not acknowledged.
    @Test func consumersGoOn() async throws {
        try await withClient { _, client, _ in
            for number in 1...5 { try await client.append(try user(number)) }
            for try await event in client.events(consumer: "mailer") where event.position == 3 {
                try await client.acknowledge(event.position, consumer: "mailer")
                break
            }
            var rest: [UInt64] = []
            for try await event in client.events(consumer: "mailer") {
                rest.append(event.position)
                if event.position == 5 { break }
            }
            #expect(rest == [4, 5])
        }
    }

    /// A server that is stopped and started anew on the same port: the sequence goes on, each event once.
    @Test func itComesBackAfterTheServerWasAway() async throws {
        let served = ServedAgain()
        defer { served.remove() }
        let received = Received()
        @Sendable func isAt(_ position: UInt64) async throws {
            for _ in 0..<2_000 where received.positions.withLock({ $0.last }) != position {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let follower = Mutex<Task<Void, any Error>?>(nil)
        let port = try await served.serve { client, port in
            for number in 1...3 { try await client.append(try user(number)) }
            let task = Task {
                let own = try AnnalsClient(url: "http://127.0.0.1:\(port)")
                for try await event in own.events() {
                    received.positions.withLock { $0.append(event.position) }
                    if event.position == 6 { break }
                }
                try await own.close()
            }
            follower.withLock { $0 = task }
            try await isAt(3)
        }
        _ = try await served.serve(on: port) { client, _ in
            for number in 4...6 { try await client.append(try user(number)) }
            try await isAt(6)
        }
        follower.withLock { $0?.cancel() }
        #expect(received.positions.withLock { $0 } == Array(1...6))
    }
}

/// What a follower was given.
private final class Received: Sendable {
    let positions = Mutex<[UInt64]>([])
}

/// A store that is served, closed, and served again.
private struct ServedAgain {
    private let path = NSTemporaryDirectory() + "annals-client-\(UUID().uuidString)"

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// - Returns: the port, 0 being any that is free.
    func serve(
        on port: Int = 0, _ body: @Sendable (AnnalsClient, Int) async throws -> Void
    ) async throws -> Int {
        var options = StoreOptions()
        options.log.mapBytes = 1 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 1 << 30
        options.firesTimers = false
        let store = try Store(directory: path, collections: allCollections, options: options)
        var configuration = AnnalsServer.Configuration()
        configuration.port = port
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        // Not by the testing library, which would choose another port.
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let application = try AnnalsServer(store, configuration: configuration)
            .application(logger: logger) { port in running.yield(port) }
        let server = Task { try await application.runService(gracefulShutdownSignals: []) }
        let bound = try #require(await ports.first { _ in true })
        let client = try AnnalsClient(url: "http://127.0.0.1:\(bound)")
        try await body(client, bound)
        try await client.close()
        server.cancel()
        _ = await server.result
        try store.close()
        return bound
    }
}
