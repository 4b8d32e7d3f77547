import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// Metrics, rates, and where a server may listen.
@Suite struct OperationsTests {
    @Test func metricsCountWhatWasDone() async throws {
        try await TestServer.run { _, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            _ = try await client.post("{")
            _ = try await client.get("/v1/collections/users/\(Sample.objectID(1))")
            _ = try await client.get("/v1/consumers/mailer/events")
            let response = try await client.get("/metrics")
            #expect(response.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
            let lines = String(buffer: response.body).split(separator: "\n").map(String.init)
            for line in [
                "annals_events_total 3", "annals_position 3", "annals_visible_position 3", "annals_stopped 0",
                #"annals_http_requests_total{method="POST",route="/v1/events",status="201"} 3"#,
                #"annals_http_requests_total{method="POST",route="/v1/events",status="400"} 1"#,
                #"annals_http_requests_total{method="GET",route="/v1/collections/{name}/{id}",status="200"} 1"#,
                #"annals_consumer_behind{consumer="mailer"} 3"#,
            ] { #expect(lines.contains(line), "\(line)") }
            // The buckets of a histogram add up.
            let count = try #require(
                lines.first {
                    $0.hasPrefix(#"annals_http_request_duration_seconds_count{method="POST",route="/v1/events"}"#)
                })
            let all = try #require(lines.first { $0.contains(#"method="POST",route="/v1/events",le="+Inf""#) })
            #expect(count.split(separator: " ").last == "4" && all.split(separator: " ").last == "4")
            // Every sample has a metric that says what it is.
            let told = Set(lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] })
            for line in lines where !line.hasPrefix("#") {
                let name = line.prefix { $0 != " " && $0 != "{" }
                let isTold = ["", "_bucket", "_sum", "_count"].contains { end in
                    name.hasSuffix(end) && told.contains(name.dropLast(end.count))
                }
                #expect(isTold, "\(line)")
            }
        }
    }

    @Test func oneCallerMayComeSoOften() async throws {
        try await TestServer.run(changing: { $1.callerRate = Rate(burst: 3, perMinute: 1) }) { _, client in
            for _ in 1...3 { #expect(try await client.get("/v1/collections").status == .ok) }
            let refused = try await client.get("/v1/collections")
            #expect(refused.status == .tooManyRequests)
            #expect(Int(refused.headers[.retryAfter] ?? "") ?? 0 > 1)
            #expect(try await client.get("/livez").status == .ok)
        }
    }

    /// Without keys a server that can be reached from elsewhere is refused, and one that runs lets nobody in.
    @Test func withoutKeysOnlyOnThisMachine() async throws {
        let hosts = [
            "127.0.0.1": true, "127.8.9.1": true, "localhost": true, "::1": true, "0.0.0.0": false, "::": false,
            "127.0.0.1.example": false, "annals.example": false, "10.0.0.1": false,
        ]
        for (host, isAlone) in hosts {
            var configuration = AnnalsServer.Configuration()
            configuration.host = host
            #expect(configuration.isOnThisMachineAlone == isAlone, "\(host)")
        }
        try await TestServer.run { store, _ in
            var configuration = AnnalsServer.Configuration()
            #expect(try AnnalsServer(store, configuration: configuration).objection() == nil)
            configuration.host = "0.0.0.0"
            #expect(
                try AnnalsServer(store, configuration: configuration).objection()?.contains("annals keys create")
                    == true)
            _ = try APIKeyFile(directory: store.directory).create(name: "one", scopes: [.audit])
            #expect(try AnnalsServer(store, configuration: configuration).objection() == nil)
        }
        try await TestServer.run(changing: { $1.host = "0.0.0.0" }) { _, client in
            let refused = try await client.get("/v1/collections")
            #expect(refused.status == .unauthorized)
            #expect(try await client.get("/livez").status == .ok)
        }
    }
}
