import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Projections
import Testing

/// Cursors are the store's, not the process's: a server that starts again takes them, but cannot tell what had changed
/// before.
@Suite struct CursorRestartTests {
    private func serving(
        _ path: String, _ test: @Sendable (Store, any TestClientProtocol) async throws -> Void
    ) async throws {
        var options = StoreOptions()
        options.log.mapBytes = 1 << 28
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 1 << 28
        options.firesTimers = false
        let store = try Store(directory: path, collections: allCollections, options: options)
        var configuration = AnnalsServer.Configuration()
        configuration.port = 0
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = try AnnalsServer(store, configuration: configuration).application(logger: logger)
        try await application.test(.live) { client in try await test(store, client) }
        try store.close()
    }

    private static func page(_ client: any TestClientProtocol, _ question: String, _ cursor: String? = nil) async throws
        -> TestResponse
    {
        let cursor = cursor.map { #","cursor":"\#($0)""# } ?? ""
        return try await client.send(.post, "/v1/collections/users/find", "{\(question)\(cursor)}")
    }

    private static func cursor(_ response: TestResponse) throws -> String {
        guard case .string(let text)? = try response.document["cursor"] else { throw NoCursor() }
        return text
    }

    private struct NoCursor: Error {}
    private static let loose = #""limit":2,"sort":{"email":1}"#
    private static let consistent = #""limit":2,"sort":{"email":1},"consistent":true"#

    @Test func theyGoOnInAnotherProcess() async throws {
        let path = NSTemporaryDirectory() + "annals-cursors-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let kept = path + ".cursors"
        defer { try? FileManager.default.removeItem(atPath: kept) }
        try await serving(path) { _, client in
            for number in 1...5 { #expect(try await client.post(Sample.user(number)).status == .created) }
            let early = try Self.cursor(try await Self.page(client, Self.consistent))
            #expect(try await client.post(Sample.user(6)).status == .created)
            let late = try Self.cursor(try await Self.page(client, Self.consistent))
            let loose = try Self.cursor(try await Self.page(client, Self.loose))
            try "\(early) \(late) \(loose)".write(toFile: kept, atomically: true, encoding: .utf8)
        }
        let cursors = try String(contentsOfFile: kept, encoding: .utf8).split(separator: " ").map(String.init)
        try await serving(path) { _, client in
            let rest = try await Self.page(client, Self.loose, cursors[2])
            #expect(try rest.document.documents.map { $0["email"] } == ["user3@users.example", "user4@users.example"])
            // Nothing has happened since.
            #expect(try await Self.page(client, Self.consistent, cursors[1]).status == .ok)
            #expect(try await Self.page(client, Self.consistent, cursors[0]).status == .gone)
        }
        // Another store does not take them.
        let other = path + ".other"
        defer { try? FileManager.default.removeItem(atPath: other) }
        try await serving(other) { _, client in
            let refused = try await Self.page(client, Self.loose, cursors[2])
            #expect(refused.status == .badRequest)
        }
    }
}
