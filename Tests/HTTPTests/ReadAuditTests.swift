import Annals
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Platform
import Projections
import Testing

@testable import AnnalsHTTP

/// Who read what is written down: each read once, with its shape and its numbers, and never a value.
@Suite struct ReadAuditTests {
    private static let checkKey = "canary-key-0123456789abcdef0123456789"
    private static let login = Sample.event("user.loggedIn", id: "in", data: #"{"userId":"\#(Sample.objectID(9))"}"#)

    private static var checks: CheckOptions {
        var checks = CheckOptions()
        checks.declared = [Users.checks]
        checks.key = CheckKey(checkKey)
        return checks
    }

    /// A read of three users, and what is to be written of it.
    private struct Case {
        var path = ""
        var body: String?
        var shape: String
        var collections: [String] = []
        var examined: Int?
        var returned = 0
        var status = 200
    }

    private static let user = Sample.objectID(2)

    /// One for each operation that reads; a new one takes one here.
    private static let cases: [String: Case] = [
        "readEvents": Case(
            path: "/v1/events?type=user.*&limit=2", shape: #"{"limit":"?","type":"?"}"#, examined: 2, returned: 2),
        "exportLog": Case(
            path: "/v1/log/export?fromPosition=2", shape: #"{"fromPosition":"?"}"#, examined: 2, returned: 2),
        "proveEvent": Case(
            path: "/v1/log/proof/inclusion?position=1", shape: #"{"position":"?"}"#, examined: 1, returned: 1),
        "listReads": Case(path: "/v1/reads?limit=1", shape: #"{"limit":"?"}"#, returned: 1),
        "listConsumers": Case(path: "/v1/consumers", shape: "{}", returned: 1),
        "consumer": Case(path: "/v1/consumers/mailer", shape: #"{"name":"?"}"#, returned: 1),
        "consume": Case(path: "/v1/consumers/mailer/events", shape: #"{"name":"?"}"#, examined: 3, returned: 3),
        "listCollections": Case(path: "/v1/collections", shape: "{}", returned: 29),
        "collection": Case(path: "/v1/collections/users", shape: "{}", collections: ["users"]),
        "document": Case(
            path: "/v1/collections/users/\(user)", shape: #"{"_id":"?"}"#, collections: ["users"], examined: 1,
            returned: 1),
        "changes": Case(
            path: "/v1/collections/users/changes?after=1", shape: #"{"after":"?"}"#, collections: ["users"],
            returned: 2),
        "find": Case(
            body: #"{"filter":{"email":{"$in":["user1@users.example","user3@users.example"]}},"limit":7}"#,
            shape: #"{"filter":{"email":{"$in":"?"}},"limit":"?"}"#, collections: ["users"], examined: 2, returned: 2),
        "aggregate": Case(
            body: #"{"pipeline":[{"$group":{"_id":"$authMethod","canary":{"$sum":1}}}]}"#,
            shape: #"{"pipeline":[{"$group":{"_id":"$authMethod","_":{"$sum":"?"}}}]}"#, collections: ["users"],
            examined: 3, returned: 1),
        "count": Case(
            body: #"{"filter":{"name":"Ada"}}"#, shape: #"{"filter":{"name":"?"}}"#, collections: ["users"],
            examined: 3),
        "distinct": Case(
            body: #"{"field":"name"}"#, shape: #"{"field":"name"}"#, collections: ["users"], examined: 3, returned: 1),
        "explain": Case(
            body: #"{"filter":{"name":"Ada"}}"#, shape: #"{"filter":{"name":"?"}}"#, collections: ["users"]),
        "history": Case(
            path: "/v1/collections/users/\(user)/history", shape: #"{"_id":"?"}"#, collections: ["users"], examined: 1,
            returned: 1),
        "diff": Case(
            path: "/v1/replay/diff", body: #"{"from":0,"to":3,"collections":["users"]}"#,
            shape: #"{"from":"?","to":"?","collections":["users"]}"#, collections: ["users"], returned: 3),
        "whatIf": Case(
            path: "/v1/replay/what-if", body: #"{"without":2,"collections":["users"]}"#,
            shape: #"{"without":"?","collections":["users"]}"#, collections: ["users"], returned: 1),
        "listParked": Case(path: "/v1/parked", shape: "{}", returned: 1),
        "listAnomalies": Case(path: "/v1/anomalies?most=3", shape: #"{"most":"?"}"#),
        "parked": Case(path: "/v1/parked/PARKED", shape: #"{"_id":"?"}"#, returned: 1),
        "usersCheck": Case(
            path: "/v1/users/check", body: #"{"email":"user1@users.example","password":"canary"}"#,
            shape: #"{"email":"?","password":"?"}"#, collections: ["users"]),
        "users-find-by-reset-token": Case(
            path: "/v1/users/find-by-reset-token", body: #"{"token":"canary"}"#, shape: #"{"token":"?"}"#,
            collections: ["users"], status: 404),
    ]

    private static let notReads: Set<String> = [
        "appendEvents", "listEventTypes", "eventSchema", "checkpoint", "logKey", "proveExtension", "roots",
        "readsCheckpoint", "readsKey", "proveReadsExtension", "acknowledge", "deleteConsumer", "retryParked",
        "discardParked", "skipAnomaly", "retryAnomalies", "holdSnapshot", "renewHold", "releaseHold", "listRebuilds",
        "rebuild", "serveRebuild", "discardRebuild", "rollbackRebuild", "makeBackup", "backup", "metrics", "liveness",
        "readiness", "openAPI",
    ]

    /// Nobody adds a route without a word on whether it reads.
    @Test func everyOperationSaysWhetherItReads() {
        for operation in Operations.all([Users.checks]) {
            #expect(operation.reads != Self.notReads.contains(operation.name), "\(operation.name)")
            #expect(operation.reads == (Self.cases[operation.name] != nil), "\(operation.name)")
        }
    }

    private func send(
        _ operation: AnnalsHTTP.Operation, _ one: Case, _ parked: String, _ client: any TestClientProtocol
    )
        async throws -> TestResponse
    {
        let path = one.path.isEmpty ? "/v1/collections/users/\(operation.name)" : one.path
        var headers: HTTPFields = operation.method == .post ? [.contentType: "application/json"] : [:]
        if operation.takesCheckKey { headers[.authorization] = "Bearer \(Self.checkKey)" }
        return try await client.execute(
            uri: path.replacingOccurrences(of: "PARKED", with: parked), method: operation.method, headers: headers,
            body: one.body.map { ByteBuffer(string: $0) }
        ) { $0 }
    }

    private func fill(_ client: any TestClientProtocol) async throws -> String {
        for number in 1...3 { _ = try await client.post(Sample.user(number)) }
        let parked = try await client.execute(
            uri: "/v1/events?onRefusal=park", method: .post, headers: [.contentType: "application/json"],
            body: ByteBuffer(string: Self.login)
        ) { $0 }
        guard case .string(let id)? = try parked.document["parked"] else { return "" }
        return id
    }

    private func written(_ trail: ReadTrail, after: UInt64 = 0) throws -> [ReadEntry] {
        try trail.flush()
        return try trail.page(after: after, limit: 1_000).entries
    }

    @Test func eachReadIsWrittenOnce() async throws {
        try await TestServer.audited(checks: Self.checks) { store, trail, client in
            let parked = try await fill(client)
            _ = try await client.get("/v1/consumers/mailer/events")
            var last = try #require(try written(trail).last?.position)
            for operation in Operations.all([Users.checks]) where operation.reads {
                let one = try #require(Self.cases[operation.name], "\(operation.name) has no case here")
                var response = try await send(operation, one, parked, client)
                // What is folded first takes some time.
                for _ in 0..<100 where response.status == .serviceUnavailable {
                    last = try #require(try written(trail, after: last).last?.position)
                    try await Task.sleep(for: .milliseconds(50))
                    response = try await send(operation, one, parked, client)
                }
                let entries = try written(trail, after: last)
                #expect(entries.count == 1, "\(operation.name): \(entries)")
                let entry = try #require(entries.first)
                #expect(entry.operation == operation.name && entry.door == .http && entry.part == nil)
                #expect(entry.principal == (operation.takesCheckKey ? "check-key" : "loopback"))
                #expect(JSON.string(entry.shape, style: .relaxed) == one.shape, "\(operation.name)")
                #expect(entry.collections == one.collections, "\(operation.name): \(entry.collections)")
                #expect(entry.examined == one.examined, "\(operation.name): \(entry.examined ?? -1)")
                #expect(entry.returned == one.returned, "\(operation.name): \(entry.returned)")
                #expect(entry.status == one.status && Int(response.status.code) == one.status, "\(operation.name)")
                #expect(entry.bytes == (one.status == 200 ? response.body.readableBytes : 0), "\(operation.name)")
                #expect(entry.microseconds > 0)
                let text = JSON.string(entry.document, style: .relaxed)
                for value in ["canary", "user1@", "Ada", Self.user, parked, "mailer"] {
                    #expect(!text.contains(value), "\(value) of \(text)")
                }
                last = entry.position
            }
            #expect(store.position == 3)
        }
    }

    @Test func whatIsNoReadIsNotWritten() async throws {
        try await TestServer.audited { _, trail, client in
            _ = try await fill(client)
            for path in [
                "/v1/schemas", "/v1/schemas/user.registered", "/v1/log/checkpoint", "/v1/log/key", "/v1/roots",
                "/metrics", "/livez", "/readyz", "/openapi.json", "/v1/rebuilds", "/v1/backup", "/nothing",
                "/v1/reads/key",
            ] { _ = try await client.get(path) }
            _ = try await client.execute(uri: "/v1/collections/users", method: .post, headers: [:], body: nil) { $0 }
            #expect(try written(trail).isEmpty)
        }
    }

    @Test func offByDefault() async throws {
        try await TestServer.run { store, client in
            _ = try await client.get("/v1/collections")
            let answer = try await client.get("/v1/reads")
            #expect(answer.status == .notFound)
            #expect(try answer.document["type"] == "/problems/audit-off")
            #expect(try !FileSystem.system.exists(store.directory + "/reads"))
        }
    }

    /// What is refused, broken off or asked by HEAD is written too, with what became of it.
    @Test func whatFailsIsWritten() async throws {
        try await TestServer.audited { _, trail, client in
            _ = try await fill(client)
            for (path, status) in [
                ("/v1/collections/users/zz", 400), ("/v1/collections/nothing/\(Self.user)", 404),
                ("/v1/collections/users/\(Sample.objectID(77))", 404), ("/v1/events?nonsense=canary", 400),
            ] {
                #expect(try await client.get(path).status.code == status)
                let entry = try #require(try written(trail).last)
                #expect(entry.status == status && entry.returned == 0 && entry.bytes == 0)
            }
            #expect(try written(trail).map(\.collections) == [["users"], [], ["users"], []])
            #expect(try written(trail).last?.shape == ["_": "?"])
            let head = try await client.execute(
                uri: "/v1/collections/users/\(Self.user)", method: .head, headers: [:], body: nil
            ) { $0 }
            #expect(head.status == .ok)
            let entries = try written(trail)
            #expect(entries.count == 5 && entries.last?.bytes == 0 && entries.last?.operation == "document")
        }
    }

    /// Who may not come in has read nothing; who may not read this, has been seen trying.
    @Test func whoMayNotReadIsWritten() async throws {
        try await TestServer.audited { store, trail, client in
            let (key, text) = try APIKeyFile(directory: store.directory).create(name: "reporter", scopes: [.metrics])
            #expect(try await client.get("/v1/collections/users").status == .unauthorized)
            #expect(try written(trail).isEmpty)
            let refused = try await client.execute(
                uri: "/v1/collections/users", method: .get, headers: [.authorization: "Bearer \(text)"], body: nil
            ) { $0 }
            #expect(refused.status == .forbidden)
            let last = try #require(try written(trail).last)
            #expect(last.position == 1 && last.status == 403 && last.principal == key.principal)
        }
    }

    // MARK: Answers without a length

    @Test func linesAndExportsAreWrittenAtTheirEnd() async throws {
        try await TestServer.audited(changing: { $1.readLimit = .seconds(60) }) { _, trail, client in
            for start in stride(from: 1, to: 5_200, by: 1_300) {
                let lines = (start..<(start + 1_300)).map { Sample.user($0) }.joined(separator: "\n")
                _ = try await client.post(lines, type: "application/x-ndjson")
            }
            let events = try await client.get("/v1/events", accept: "application/x-ndjson")
            let export = try await client.execute(
                uri: "/v1/collections/users/find", method: .post,
                headers: [.contentType: "application/json", .accept: "application/x-ndjson"],
                body: ByteBuffer(string: #"{"filter":{"name":"Ada"}}"#)
            ) { $0 }
            let entries = try written(trail)
            #expect(entries.map(\.operation) == ["readEvents", "find"])
            #expect(entries.map(\.returned) == [5_200, 5_200] && entries.map(\.examined) == [5_200, 5_200])
            #expect(entries.map(\.bytes) == [events.body.readableBytes, export.body.readableBytes])
        }
    }

    @Test func aStreamIsWrittenWhenItsClientGoes() async throws {
        try await TestServer.audited(changing: { $1.streams.heartbeat = .milliseconds(20) }) { _, trail, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            try await {
                let events = try EventClient(port: try #require(client.port))
                #expect(try await events.read { $0.positions.count == 3 })
                #expect(try written(trail).isEmpty && trail.waiting.taken == 1)
            }()
            let end = ContinuousClock.now + .seconds(20)
            while trail.waiting.taken > 0, .now < end {
                try trail.flush()
                try await Task.sleep(for: .milliseconds(10))
            }
            let entries = try written(trail)
            #expect(entries.count == 1 && entries.first?.returned == 3 && entries.first?.operation == "readEvents")
            #expect(entries.first?.bytes ?? 0 > 600)
        }
    }

    /// A server that dies leaves little of a long stream unwritten.
    @Test func aLongStreamIsWrittenInParts() async throws {
        try await TestServer.audited(
            changing: {
                $1.streams.heartbeat = .milliseconds(20)
                $1.streams.longestUnwritten = .milliseconds(100)
            }
        ) { _, trail, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            try await {
                let events = try EventClient(port: try #require(client.port))
                #expect(try await events.read { $0.positions.count == 3 })
                let end = ContinuousClock.now + .seconds(20)
                while try written(trail).count < 3, .now < end { try await Task.sleep(for: .milliseconds(10)) }
                // Its place for the next part is taken already.
                #expect(trail.waiting.taken >= 1)
            }()
            let end = ContinuousClock.now + .seconds(20)
            while trail.waiting.taken > 0, .now < end {
                try trail.flush()
                try await Task.sleep(for: .milliseconds(10))
            }
            let entries = try written(trail)
            #expect(entries.count > 3 && entries.map(\.part) == (1...entries.count).map { $0 })
            #expect(
                entries.reduce(0) { $0 + $1.returned } == 3
                    && entries.allSatisfy { $0.bytes > 0 || $0.part == entries.count })
        }
    }

    // MARK: A trail that takes no more

    @Test func aFullTrailIsTold() async throws {
        try await TestServer.audited(mostWaiting: 2) { _, trail, client in
            for _ in 1...2 { try trail.begin() }
            let refused = try await client.get("/v1/collections")
            #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] == "1")
            #expect(try refused.document["type"] == "/problems/audit-full")
            // What reads nothing goes on.
            #expect(try await client.post(Sample.user(1)).status == .created)
            let ready = try await client.get("/readyz")
            #expect(ready.status == .ok)
            #expect(try ready.document["readsRefused"] == .null)
            for _ in 1...2 { trail.cancel() }
            #expect(try await client.get("/v1/collections").status == .ok)
        }
    }

    @Test func aDiskThatTakesNothingStopsReads() async throws {
        let disk = FullDisk()
        let clock = ManualClock(milliseconds: 1_704_067_200_000)
        try await TestServer.audited(
            changing: { options, _ in
                options.fileSystem = disk.fileSystem
                options.log.freeSpaceFloorBytes = 1 << 30
            }, clock: clock.clock
        ) { _, trail, client in
            disk.fill(true)
            #expect(try await client.get("/v1/collections").status == .ok)
            #expect(throws: ReadTrailError.self) { try trail.flush() }
            let refused = try await client.get("/v1/collections")
            #expect(refused.status == .serviceUnavailable)
            #expect(try refused.document["type"] == "/problems/audit-unwritten")
            let ready = try await client.get("/readyz")
            #expect(ready.status == .ok)
            #expect(try ready.document["readsRefused"] == .string("\(try #require(trail.failure))"))
            disk.fill(false)
            clock.set(milliseconds: clock.now + 1_000)
            try trail.flush()
            #expect(try await client.get("/v1/collections").status == .ok)
            #expect(try written(trail).count == 2)
        }
    }

    // MARK: Reading it

    @Test func theTrailIsServedAndProvesItself() async throws {
        try await TestServer.audited { _, _, client in
            #expect(try await client.get("/v1/reads/checkpoint").status == .notFound)
            for _ in 1...3 { _ = try await client.get("/v1/collections") }
            let page = try await client.get("/v1/reads?after=1&limit=1").document
            #expect(page["next"] == 2 && page["complete"] == false && page["position"] == 3)
            #expect(try await client.get("/v1/reads?principal=nobody").document["reads"] == .array([]))
            #expect(try await client.get("/v1/reads?limit=0").status == .badRequest)
            let text = try await client.get("/v1/reads/checkpoint")
            #expect(text.status == .ok)
            let proof = try await client.get("/v1/reads/proof/consistency?since=2")
            #expect(proof.status == .ok)
            #expect(try proof.document["from"] == 2)
            #expect(try await client.get("/v1/reads/proof/consistency?since=999").status == .notFound)
        }
    }

    @Test func theTrailTakesTheScopeOfAuditors() async throws {
        try await TestServer.audited { store, _, client in
            let (_, key) = try APIKeyFile(directory: store.directory).create(name: "reporter", scopes: [.read(nil)])
            for path in ["/v1/reads", "/v1/reads/checkpoint", "/v1/reads/key"] {
                let refused = try await client.execute(
                    uri: path, method: .get, headers: [.authorization: "Bearer \(key)"], body: nil
                ) { $0 }
                #expect(refused.status == .forbidden)
            }
        }
    }
}
