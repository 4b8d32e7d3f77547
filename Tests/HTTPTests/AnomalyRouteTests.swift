import Annals
import AnnalsClient
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Schema
import Testing

/// Events that a view cannot apply, seen and mended through the door.
@Suite struct AnomalyRouteTests {
    private static let jar = ObjectID(seconds: 1_700_000_000, rest: 1)

    private static func filled(_ number: Int, _ by: Int64) -> NewEvent {
        NewEvent(
            id: "\(number)", source: "/jars", type: "jar.filled", data: ["jar": .objectID(jar), "by": .int64(by)])
    }

    private static func fill(_ path: String, _ options: StoreOptions) async throws {
        let store = try Store(directory: path, collections: [Jars.self], options: options)
        try await store.append(
            NewEvent(id: "1", source: "/jars", type: "jar.made", data: ["_id": .objectID(jar), "label": "plums"]))
        for (number, by) in [(2, 3), (3, 50), (4, 4), (5, 60), (6, 5)] as [(Int, Int64)] {
            try await store.append(filled(number, by))
        }
        try store.close()
    }

    private func level(_ client: any TestClientProtocol) async throws -> Value? {
        try await client.get("/v1/collections/jars/\(Self.jar)").document["level"]
    }

    private func numbers(_ client: any TestClientProtocol, _ path: String, _ names: FieldPath...) async throws
        -> [Value?]
    {
        let document = try await client.get(path).document
        return names.map { document[$0] }
    }

    @Test func listedSkippedAndMeasured() async throws {
        try await TestServer.run(collections: [SmallJars.self], preparing: Self.fill) { store, client in
            let listed = try await client.get("/v1/anomalies").document
            #expect(listed["count"] == 1 && listed["held"] == 3)
            guard case .array(let all)? = listed["anomalies"], case .document(let one)? = all.first else {
                Issue.record("\(listed)")
                return
            }
            #expect(one["collection"] == "jars" && one["document"] == .string("\(Self.jar)") && one["position"] == 3)
            #expect(one["type"] == "jar.filled" && one["reason"] == "a jar takes 10 at once" && one["held"] == 3)
            #expect(one["firstHeld"] == [4, 5, 6])
            #expect(try await level(client) == 3)
            // The store serves, and takes events; the document stays as it was.
            let ready = try await client.get("/readyz")
            #expect(ready.status == .ok)
            #expect(try ready.document["anomalies"] == 1 && ready.document["eventsHeld"] == 3)
            let appended = try await client.post(
                #"{"specversion":"1.0","id":"7","source":"/jars","type":"jar.filled","data":{"jar":"\#(Self.jar)","by":6}}"#
            )
            #expect(appended.status == .created)
            #expect(try await level(client) == 3)
            let metrics = String(buffer: try await client.get("/metrics").body)
            #expect(metrics.contains("\nannals_anomalies 1\n") && metrics.contains("\nannals_events_held 4\n"))
            let skip = #"{"collection":"jars","document":"\#(Self.jar)"}"#
            let skipped = try await client.send(.post, "/v1/anomalies/skip", skip)
            #expect(skipped.status == .created)
            #expect(try skipped.document["position"] == 8)
            // The next that does not fit is the new one.
            #expect(try await level(client) == 7)
            let next = try await numbers(client, "/v1/anomalies?collection=jars&most=5", "count", "held")
            #expect(next == [1, 2])
            #expect(try await client.send(.post, "/v1/anomalies/skip", skip).status == .created)
            #expect(try await level(client) == 18)
            #expect(try await client.send(.post, "/v1/anomalies/skip", skip).status == .notFound)
            let none = try await numbers(client, "/readyz", "anomalies", "eventsHeld")
            #expect(none == [0, 0])
            // What ended the hold is in the document's history, and in the log for who may read it.
            let history = try await client.get("/v1/collections/jars/\(Self.jar)/history").document
            guard case .array(let versions)? = history["versions"] else {
                Issue.record("\(history)")
                return
            }
            #expect(versions.count == 4, "\(versions)")
            let events = String(buffer: try await client.get("/v1/events?type=system.*").body)
            #expect(events.contains("system.anomalySkipped") && events.contains("\"jars\""))
            let changes = try await client.get("/v1/collections/jars/changes").document
            guard case .array(let changed)? = changes["changes"] else {
                Issue.record("\(changes)")
                return
            }
            #expect(changed.count == 4, "\(changes)")
        }
    }

    @Test func badQuestionsAreRefused() async throws {
        try await TestServer.run(collections: [SmallJars.self], preparing: Self.fill) { _, client in
            for (body, status) in [
                (#"{}"#, HTTPResponse.Status.badRequest), (#"{"collection":"jars"}"#, .badRequest),
                (#"{"collection":"jars","document":"7"}"#, .badRequest),
                (#"{"collection":"jars","document":"\#(Self.jar)","position":-1}"#, .badRequest),
                (#"{"collection":"jars","other":1}"#, .badRequest),
                (#"{"collection":"cups","position":3}"#, .notFound),
                (#"{"collection":"jars","position":3}"#, .notFound),
                (#"{"collection":"jars","document":"\#(Self.jar)","position":4}"#, .notFound),
            ] {
                #expect(try await client.send(.post, "/v1/anomalies/skip", body).status == status, "\(body)")
            }
            #expect(try await client.get("/v1/anomalies?most=0").status == .badRequest)
            #expect(try await client.get("/v1/anomalies?collection=cups").status == .notFound)
            #expect(
                try await client.send(.post, "/v1/anomalies/retry", #"{"collections":["cups"]}"#).status == .notFound)
            // Nobody appends one but the store.
            let forged = try await client.post(
                #"{"specversion":"1.0","id":"7","source":"/annals","type":"system.anomalySkipped","data":{"collection":"jars","position":3}}"#
            )
            #expect(forged.status == .unprocessableContent)
        }
    }

    /// Not mended, it is the same again.
    @Test func retriedByTheClient() async throws {
        try await TestServer.run(collections: [SmallJars.self], preparing: Self.fill) { store, client in
            let answer = try await client.send(.post, "/v1/anomalies/retry", "{}")
            #expect(answer.status == .accepted)
            #expect(try answer.document["collections"] == ["jars"])
            while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(store.rebuilds.statuses.map(\.state) == [.serves])
            #expect(try await numbers(client, "/v1/anomalies", "count", "held") == [1, 3])
        }
    }
}
