import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import HummingbirdTesting
import NIOCore
import InMemoryTracing
import Testing
import Tracing

/// Traces go through: a request's span is of its caller's trace, what it does is below it, and no span tells what was sent.
@Suite struct TracingTests {
    private func withServer(
        _ test: @Sendable (any TestClientProtocol, InMemoryTracer) async throws -> Void
    ) async throws {
        let tracer = InMemoryTracer(recordExtractions: true)
        try await withTracer(tracer) {
            try await TestServer.run { _, client in try await test(client, tracer) }
        }
    }

    private func spans(_ tracer: InMemoryTracer, _ count: Int) async throws -> [FinishedInMemorySpan] {
        // A request's span ends after its answer was written.
        for _ in 0..<500 where tracer.finishedSpans.count < count { try await Task.sleep(for: .milliseconds(10)) }
        return tracer.finishedSpans
    }

    private func headers(_ pairs: [(String, String)]) -> HTTPFields {
        var headers: HTTPFields = [:]
        for (name, value) in pairs { if let name = HTTPField.Name(name) { headers[name] = value } }
        return headers
    }

    @Test func spansOfAnAppendAndAQuery() async throws {
        try await withServer { client, tracer in
            let trace = headers([
                (InMemoryTracer.traceIDKey, "trace-1"), (InMemoryTracer.spanIDKey, "caller-1"),
            ])
            #expect(try await client.send(.post, "/v1/events", Sample.user(1), headers: trace).status == .created)
            let question = #"{"filter":{"name":"Ada"},"comment":"for the test"}"#
            let found = try await client.send(.post, "/v1/collections/users/find", question, headers: trace)
            #expect(found.status == .ok)
            let spans = try await spans(tracer, 4)
            #expect(spans.allSatisfy { $0.traceID == "trace-1" })
            let request = try #require(spans.first { $0.operationName == "/v1/events" })
            let append = try #require(spans.first { $0.operationName == "append" })
            #expect(append.parentSpanID == request.spanID)
            #expect(append.attributes.get("annals.events") == .int64(1))
            #expect(append.attributes.get("annals.position") == .int64(1))
            #expect(request.attributes.get("http.response.status_code") == .int64(201))
            let query = try #require(spans.first { $0.operationName == "query" })
            let asked = try #require(spans.first { $0.operationName == "/v1/collections/{name}/find" })
            #expect(query.parentSpanID == asked.spanID)
            #expect(query.attributes.get("annals.collection") == .string("users"))
            #expect(query.attributes.get("annals.question") == .string("find"))
            #expect(query.attributes.get("annals.documents_examined") == .int64(1))
            #expect(query.attributes.get("annals.comment") == .string("for the test"))
        }
    }

    @Test func failuresAreMarkedAndNotTold() async throws {
        try await withServer { client, tracer in
            let bad = Sample.user(1).replacing("user1@users.example", with: "nobody")
            #expect(try await client.send(.post, "/v1/events", bad).status != .created)
            let path = "/v1/collections/users/find"
            #expect(try await client.send(.post, path, #"{"filter":{"name":{"$in":"Ada"}}}"#).status == .badRequest)
            let slow = #"{"filter":{"name":"Ada"},"hint":"no-such-index"}"#
            #expect(try await client.send(.post, path, slow).status == .badRequest)
            let spans = try await spans(tracer, 5)
            let failed = spans.filter { ["append", "query"].contains($0.operationName) }
            #expect(!failed.isEmpty && failed.allSatisfy { $0.status?.code == .error })
            for span in spans {
                #expect(span.errors.isEmpty && span.status?.message == nil)
                let text = "\(span.attributes)"
                #expect(!text.contains("nobody") && !text.contains("Ada"))
            }
        }
    }

    /// Events name where they began; the request's own trace is no link.
    @Test func anAppendLinksToTheTracesOfItsEvents() async throws {
        try await withServer { client, tracer in
            let traces = ["4bf92f3577b34da6a3ce929d0e0e4736", "5bf92f3577b34da6a3ce929d0e0e4736"].map {
                "00-\($0)-00f067aa0ba902b7-01"
            }
            let events = [1, 2, 3].map { number in
                #"{"traceparent":"\#(traces[number / 3])","# + Sample.user(number).dropFirst()
            }
            for (own, expected) in [(nil, traces), (traces[0], [traces[1]]), ("00-1-2-01", traces)] {
                tracer.clearAll()
                let type = ("content-type", "application/cloudevents-batch+json")
                let answer = try await client.send(
                    .post, "/v1/events", "[\(events.joined(separator: ","))]",
                    headers: headers([type] + (own.map { [("traceparent", $0)] } ?? [])))
                #expect(answer.status == .created || answer.status == .ok)
                let append = try #require(try await spans(tracer, 2).first { $0.operationName == "append" })
                #expect(append.links.count == expected.count)
                let seen = tracer.performedContextExtractions.compactMap {
                    ($0.carrier as? [String: String])?["traceparent"]
                }
                #expect(seen == expected)
            }
        }
    }

    /// A tracer sees the trace that a caller sent only where it is one.
    @Test func onlyTracesThatAreSome() async throws {
        try await withServer { client, tracer in
            let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            let zeros = "00-00000000000000000000000000000000-00f067aa0ba902b7-01"
            for text in [good, zeros, good.uppercased(), good + "-x", "ff" + good.dropFirst(2), "00-1-2-01"] {
                tracer.clearAll()
                _ = try await client.send(
                    .get, "/livez", headers: headers([("traceparent", text), ("tracestate", "a=1")]))
                let carrier = try #require(tracer.performedContextExtractions.last?.carrier as? HTTPFields)
                let seen = ["traceparent", "tracestate"].map { name in HTTPField.Name(name).flatMap { carrier[$0] } }
                #expect(seen == (text == good ? [good, "a=1"] : [nil, nil]), "\(text)")
            }
        }
    }
}
