import Annals
import AnnalsHTTP
import CoreMetrics
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import AnnalsHTTP

/// What `/metrics` says is what was done, in a form that Prometheus takes.
@Suite struct MetricsTests {
    /// The samples of a text, by name and labels as they are written.
    private struct Exposition {
        var samples: [String: Double] = [:]

        /// Records an issue for all that the text format forbids: a sample of no metric, a metric in two places, a series
        /// twice, buckets that do not add up.
        init(_ text: String) throws {
            var kinds: [String: String] = [:]
            var name = ""
            var buckets: [String: [(bound: Double, count: Double)]] = [:]
            #expect(text.hasSuffix("\n"))
            for line in text.split(separator: "\n").map(String.init) {
                let words = line.split(separator: " ", maxSplits: 3).map(String.init)
                if line.hasPrefix("# HELP ") {
                    name = words[2]
                    #expect(kinds[name] == nil && words.count == 4, "\(line)")
                } else if line.hasPrefix("# TYPE ") {
                    #expect(words[2] == name, "\(line)")
                    #expect(["counter", "gauge", "histogram"].contains(words[3]), "\(line)")
                    kinds[name] = words[3]
                } else {
                    let end = try #require(line.lastIndex(of: " "))
                    let value = try #require(Double(line[line.index(after: end)...]), "\(line)")
                    let series = String(line[..<end])
                    #expect(samples.updateValue(value, forKey: series) == nil, "\(line)")
                    let own = String(series.prefix { $0 != "{" })
                    let ends = kinds[name] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
                    #expect(ends.contains { own == name + $0 }, "\(line)")
                    if own.hasSuffix("_bucket") {
                        let cut = try #require(series.range(of: #"le=""#))
                        let bound = try #require(Double(series[cut.upperBound...].prefix { $0 != "\"" }))
                        let rest = series[..<cut.lowerBound].dropLast()
                        let key = name + (rest.hasSuffix("_bucket") ? "" : rest.dropFirst(own.count) + "}")
                        buckets[String(key), default: []].append((bound, value))
                    }
                }
            }
            for (key, list) in buckets {
                #expect(list.map(\.bound) == list.map(\.bound).sorted() && list.last?.bound == .infinity, "\(key)")
                #expect(list.map(\.count) == list.map(\.count).sorted(), "\(key)")
                let name = String(key.prefix { $0 != "{" })
                #expect(samples[name + "_count" + key.dropFirst(name.count)] == list.last?.count, "\(key)")
            }
            #expect(!buckets.isEmpty)
        }
    }

    @Test func whatWasDoneIsMeasured() async throws {
        try await TestServer.run { store, client in
            let batch = "[" + (1...20).map { Sample.user($0) }.joined(separator: ",") + "]"
            #expect(try await client.post(batch).status == .created)
            #expect(try await client.post(Sample.user(21)).status == .created)
            let find = try await client.send(.post, "/v1/collections/users/find", #"{"filter":{"name":"Ada"}}"#)
            #expect(find.status == .ok)
            _ = try await client.send(.post, "/v1/collections/users/count", "{}")
            _ = try await client.send(.post, "/v1/collections/users/find", #"{"sort":{"email":1},"limit":5}"#)
            let follower = try EventClient(port: try #require(client.port))
            #expect(try await follower.read { $0.positions.count == 21 })
            // The last of an append is told after its answer.
            var text = ""
            for _ in 0..<200 where !text.contains("annals_append_duration_seconds_count 2\n") {
                text = String(buffer: try await client.get("/metrics").body)
            }
            let samples = try Exposition(text).samples
            #expect(samples["annals_events_total"] == 21)
            #expect(samples["annals_append_duration_seconds_count"] == 2)
            #expect(samples["annals_batch_events_sum"] == 21 && samples["annals_batch_events_count"] == 2)
            #expect(samples[#"annals_batch_events_bucket{le="1"}"#] == 1)
            #expect(samples[#"annals_batch_events_bucket{le="25"}"#] == 2)
            #expect(samples["annals_commit_duration_seconds_count"] == 2)
            #expect(samples["annals_commit_duration_seconds_sum"] ?? 0 > 0)
            #expect(samples["annals_waiting_events_count"] == 2)
            #expect(samples[#"annals_query_duration_seconds_count{question="find"}"#] == 2)
            #expect(samples[#"annals_query_duration_seconds_count{question="count"}"#] == 1)
            #expect(samples[#"annals_query_documents_examined_sum{question="find"}"#] ?? 0 >= 21)
            #expect(samples["annals_stream_events_total"] == 21)
            #expect(samples["annals_stream_behind_events_count"] ?? 0 >= 1)
            #expect(samples["annals_streams"] == 1)
            #expect(
                samples[#"annals_http_requests_total{method="POST",route="/v1/events",status="201"}"#] == 2)
            _ = store
        }
    }

    @Test func aRegistryKeepsWhatLibrariesRecord() throws {
        let registry = MetricsRegistry()
        Counter(label: "jobs.done", dimensions: [("queue", "a\"b\\c\nd")], factory: registry).increment(by: 3)
        Counter(label: "jobs.done", dimensions: [("queue", "a\"b\\c\nd")], factory: registry).increment()
        Gauge(label: "7 temperature", factory: registry).record(-1.5)
        Meter(label: "level", factory: registry).increment(by: 2)
        let sizes = Recorder(label: "sizes", factory: registry)
        for size in [0, 3, 7, 2_000_000] { sizes.record(size) }
        sizes.record(Double.nan)
        CoreMetrics.Timer(label: "taken", factory: registry).recordMilliseconds(30)
        // A name has one kind.
        Recorder(label: "level", factory: registry).record(5)
        var text = MetricsText()
        registry.write(to: &text)
        let samples = try Exposition(text.text).samples
        #expect(samples[#"jobs_done{queue="a\"b\\c\nd"}"#] == 4, "\(text.text)")
        #expect(samples["__temperature"] == -1.5 && samples["level"] == 2)
        #expect(samples["sizes_count"] == 4 && samples["sizes_sum"] == 2_000_010)
        #expect(samples[#"sizes_bucket{le="5"}"#] == 2 && samples[#"sizes_bucket{le="1000000"}"#] == 3)
        #expect(samples["taken_sum"] == 0.03 && samples[#"taken_bucket{le="0.05"}"#] == 1)
        #expect(samples[#"taken_bucket{le="0.025"}"#] == 0)
    }

    @Test func labelsFromOutsideDoNotFillTheMemory() {
        let registry = MetricsRegistry()
        for number in 0..<MetricsRegistry.mostSeries + 500 {
            Counter(label: "hits", dimensions: [("path", "\(number)")], factory: registry).increment()
        }
        #expect(registry.families.map { $0.family.counters.count } == [MetricsRegistry.mostSeries])
    }
}
