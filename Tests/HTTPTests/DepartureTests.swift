import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// A question ends when its client has gone.
@Suite struct DepartureTests {
    /// Half a minute for a thousand users on any machine: a million additions for each.
    private static let endless =
        #"{"pipeline":[{"$match":{"$expr":{"$lt":[{"$reduce":{"input":{"$range":[0,1000]},"initialValue":0,"in":{"$add":["$$value",{"$reduce":{"input":{"$range":[0,1000]},"initialValue":0,"in":{"$add":["$$value","$$this"]}}}]}}},0]}}},{"$count":"n"}]}"#

    private func send(_ body: String, to path: String, _ client: RawClient) throws {
        let request =
            "POST \(path) HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try client.send(rest)) }
    }

    /// The next entry of the trail, at most so many seconds from now.
    private func next(_ trail: ReadTrail, after: UInt64, seconds: Double) async throws -> ReadEntry? {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            try trail.flush()
            if let entry = try trail.page(after: after, limit: 1).entries.first { return entry }
            try await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }

    @Test(arguments: [true, false]) func aQuestionEndsWithItsClient(isAggregate: Bool) async throws {
        try await TestServer.audited(changing: { $1.readLimit = .seconds(100) }) { _, trail, client in
            let all = (1...1_200).map { Sample.user($0) }.joined(separator: ",")
            #expect(try await client.post("[\(all)]", type: "application/cloudevents-batch+json").status == .created)
            let port = try #require(client.port)
            try await {
                let gone = try RawClient(port: port)
                let filter = Self.endless.components(separatedBy: #"{"$match":"#)[1].components(
                    separatedBy: "},{\"$count")[0]
                try send(
                    isAggregate ? Self.endless : #"{"filter":\#(filter)}"#,
                    to: "/v1/collections/users/\(isAggregate ? "aggregate" : "count")", gone)
                // It runs, and goes on.
                let end = Date(timeIntervalSinceNow: 30)
                while trail.waiting.taken == 0, Date() < end { try await Task.sleep(for: .milliseconds(5)) }
                #expect(try await next(trail, after: 0, seconds: 1.5) == nil)
            }()
            let entry = try #require(try await next(trail, after: 0, seconds: 60), "it goes on without its client")
            #expect(
                entry.status == 499 && entry.returned == 0 && entry.operation == (isAggregate ? "aggregate" : "count"))
            // Others are answered as before.
            let answer = try await client.execute(
                uri: "/v1/collections/users/count", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(string: #"{"filter":{"name":{"$ne":"nobody"}}}"#)
            ) { $0 }
            #expect(try answer.document["count"] == 1_200)
        }
    }
}
