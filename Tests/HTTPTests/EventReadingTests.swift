import Annals
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Testing

/// GET /v1/events as pages and lines, and GET /v1/schemas.
@Suite struct EventReadingTests {
    private static let start: Int64 = 1_704_067_200_000

    /// Ten users, one minute apart by the clock, then five deletions of the first ones.
    private func withEvents(_ test: @Sendable (Store, any TestClientProtocol) async throws -> Void) async throws {
        let clock = ManualClock(milliseconds: Self.start)
        try await TestServer.run(clock: clock.clock) { store, client in
            for number in 1...10 {
                #expect(try await client.post(Sample.user(number)).status == .created)
                clock.advance(milliseconds: 60_000)
            }
            for number in 1...5 {
                let event = Sample.event(
                    "user.loggedIn", id: "in\(number)", data: #"{"userId":"\#(Sample.objectID(number))"}"#)
                #expect(try await client.post(event).status == .created)
            }
            try await test(store, client)
        }
    }

    private func positions(_ client: any TestClientProtocol, _ query: String) async throws -> [Int32] {
        let response = try await client.get("/v1/events" + query)
        #expect(response.status == .ok, "\(query): \(String(buffer: response.body))")
        return try response.document.positions
    }

    @Test func filtersAndOrders() async throws {
        try await withEvents { _, client in
            let cases: [(String, [Int32])] = [
                ("", Array(1...15)), ("?after=12", [13, 14, 15]), ("?after=15", []), ("?before=3", [1, 2]),
                ("?after=3&before=6", [4, 5]), ("?direction=backward&limit=2", [15, 14]),
                ("?direction=backward&before=3", [2, 1]), ("?type=user.loggedIn", Array(11...15)),
                ("?type=user.*&limit=3", [1, 2, 3]), ("?type=user.loggedIn&type=user.registered", Array(1...15)),
                ("?subject=users/\(Sample.objectID(2))", [2, 12]),
                ("?subject=users/\(Sample.objectID(2))&direction=backward", [12, 2]),
                ("?entity=users/\(Sample.objectID(3))", [3, 13]),
                ("?entity=users/\(Sample.objectID(3))&type=user.loggedIn", [13]),
                ("?entity=users/\(Sample.objectID(99))", []), ("?from=2024-01-01T00:08:00Z&limit=3", [9, 10, 11]),
                ("?from=2024-01-01T00:01:00Z&to=2024-01-01T00:03:00Z", [2, 3]), ("?to=2023-01-01T00:00:00Z", []),
                ("?from=2030-01-01T00:00:00Z", []),
            ]
            for (query, expected) in cases {
                let found = try await positions(client, query)
                #expect(found == expected, "\(query)")
            }
        }
    }

    @Test func pagesLinkToTheNext() async throws {
        try await withEvents { _, client in
            for direction in ["forward", "backward"] {
                var path = "/v1/events?type=user.*&limit=4&direction=\(direction)"
                var all: [Int32] = []
                var pages = 0
                while true {
                    let response = try await client.get(path)
                    all += try response.document.positions
                    pages += 1
                    #expect(try response.document["position"] == 15)
                    guard let link = response.headers[try #require(HTTPField.Name("Link"))] else {
                        #expect(try response.document["complete"] == true)
                        break
                    }
                    path = String(link.dropFirst().prefix { $0 != ">" })
                }
                #expect(all == (direction == "forward" ? Array(1...15) : (1...15).reversed()))
                #expect(pages == 4)
            }
            // Whoever polls goes on from where the last page ended.
            let last = try await client.get("/v1/events?after=15").document
            #expect(last["next"] == 15 && last["complete"] == true)
        }
    }

    @Test func eventsAreCloudEventsWithoutSecrets() async throws {
        try await TestServer.run { _, client in
            _ = try await client.post(
                Sample.event(
                    "user.registered", id: "1",
                    data: #"{"email":"ada@users.example","name":"Ada","password":"canary horse"}"#))
            let response = try await client.get("/v1/events")
            guard case .array(let events)? = try response.document["events"], case .document(let event)? = events.first
            else {
                Issue.record("no event in \(String(buffer: response.body))")
                return
            }
            #expect(event["specversion"] == "1.0" && event["id"] == "1" && event["source"] == "/test")
            #expect(event["data.email"] == "ada@users.example" && event["data.password"] == nil)
            #expect(!String(buffer: response.body).contains("scrypt"))
        }
    }

    @Test func linesCarryAllOfThem() async throws {
        try await withEvents { _, client in
            let response = try await client.get("/v1/events?direction=backward", accept: "application/x-ndjson")
            #expect(response.headers[.contentType] == "application/x-ndjson")
            #expect(try response.documents.map { $0["position"] } == (1...15).reversed().map { .int32($0) })
            let some = try await client.get("/v1/events?limit=3&after=2", accept: "application/x-ndjson, */*;q=0.1")
            #expect(try some.documents.map { $0["position"] } == [3, 4, 5])
        }
    }

    @Test func badParametersAreNamed() async throws {
        try await TestServer.run { _, client in
            let cases = [
                "after=x": "after", "limit=0": "limit", "limit=1001": "limit", "direction=up": "direction",
                "type=user.exploded": "type", "type=us*": "type", "entity=users/1": "entity",
                "entity=nothing/\(Sample.objectID(1))": "entity", "from=yesterday": "from", "colour=red": "colour",
                "after=1&after=2": "after", "format=xml": "format", "after=-1": "after",
            ]
            for (query, name) in cases {
                let response = try await client.get("/v1/events?" + query)
                #expect(response.status == .badRequest)
                #expect(try response.reasons == ["parameter \(name)"], "\(query)")
            }
            #expect(try await client.get("/v1/events", accept: "image/png").status == .notAcceptable)
            #expect(try await client.get("/v1/events?limit=1", accept: "text/event-stream").status == .badRequest)
        }
    }

    @Test func schemasOfEvents() async throws {
        try await TestServer.run { store, client in
            let schema = try await client.get("/v1/schemas/user.registered")
            #expect(schema.status == .ok)
            let document = try JSON.parse(Array(schema.body.readableBytesView), extended: false)
            #expect(document["title"] == "user.registered")
            #expect(document["properties.email.type"] == "string")
            guard case .array(let types)? = try await client.get("/v1/schemas").document["types"] else {
                Issue.record("no types")
                return
            }
            #expect(types.count == store.catalogue.eventTypes.count)
            #expect(try await client.get("/v1/schemas/user.exploded").status == .notFound)
        }
    }
}

extension Document {
    /// The positions of the events of a page.
    var positions: [Int32] {
        guard case .array(let events)? = self["events"] else { return [] }
        return events.compactMap { event in
            if case .document(let event) = event, case .int32(let position)? = event["position"] {
                position
            } else {
                nil
            }
        }
    }
}
