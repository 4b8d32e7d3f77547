import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Whole collections as lines and tables: page by page, at the client's pace, whole or visibly broken off.
@Suite struct ExportTests {
    private static let users = "/v1/collections/users/find"
    private static let count = 45
    private static let lines: HTTPFields = [.accept: "application/x-ndjson"]

    /// Users of 300,000 bytes each, so that three pages are needed; the last has a website.
    private func withLongUsers(_ test: @Sendable (Store, any TestClientProtocol) async throws -> Void) async throws {
        try await TestServer.run(changing: { $1.streams.mostExports = 1 }) { store, client in
            let name = String(repeating: "x", count: 300_000)
            for number in 1...Self.count {
                var event = Sample.user(number).replacing(#""name":"Ada""#, with: #""name":"\#(name)""#)
                if number == Self.count {
                    event = event.replacing(
                        #""authMethod""#, with: #""profile":{"website":"https://a.example"},"authMethod""#)
                }
                let response = try await client.post(event)
                #expect(response.status == .created, "\(String(buffer: response.body))")
            }
            try await test(store, client)
        }
    }

    @Test func linesOfAll() async throws {
        try await withLongUsers { _, client in
            for (sort, numbers) in [("{}", Array(1...Self.count)), (#"{"_id":-1}"#, (1...Self.count).reversed())] {
                for consistent in ["false", "true"] {
                    let answer = try await client.send(
                        .post, Self.users, #"{"sort":\#(sort),"consistent":\#(consistent)}"#, headers: Self.lines)
                    #expect(answer.headers[.contentType] == "application/x-ndjson")
                    #expect(answer.header("Annals-Position") == "\(Self.count)")
                    #expect(
                        try answer.documents.map { $0["email"] }
                            == numbers.map { .string("user\($0)@users.example") })
                }
            }
            let few = try await client.send(.post, Self.users, #"{"limit":3}"#, headers: Self.lines)
            #expect(try few.documents.count == 3 && few.header("Annals-Cursor") != nil)
        }
    }

    @Test func aTableOfAllNamesEveryPath() async throws {
        try await withLongUsers { _, client in
            let answer = try await client.send(
                .post, Self.users, #"{"projection":{"email":1,"name":1,"profile":1}}"#, headers: [.accept: "text/csv"])
            #expect(answer.headers[.contentType] == "text/csv")
            let rows = String(buffer: answer.body).split(separator: "\r\n")
            #expect(rows.count == Self.count + 1)
            let columns = rows[0].split(separator: ",")
            let website = try #require(columns.firstIndex(of: "profile.website"))
            let email = try #require(columns.firstIndex(of: "email"))
            for (number, row) in rows.dropFirst().enumerated() {
                let cells = row.split(separator: ",", omittingEmptySubsequences: false)
                #expect(cells.count == columns.count)
                #expect(cells[email] == "user\(number + 1)@users.example")
                #expect(cells[website] == (number == Self.count - 1 ? "https://a.example" : ""))
            }
        }
    }

    /// A client that does not read is not read for. Meanwhile the collection changes: the rest of a consistent export is not
    /// sent, and the body does not end as bodies do; another goes on in the views as they are.
    @Test(arguments: [true, false]) func aChangeBreaksAConsistentExportOff(isConsistent: Bool) async throws {
        try await withLongUsers { store, client in
            let body = #"{"consistent":\#(isConsistent)}"#
            let raw = try RawClient(port: try #require(client.port))
            let request = """
                POST \(Self.users) HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                accept: application/x-ndjson\r\nconnection: close\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)
                """
            var rest = Array(request.utf8)[...]
            while !rest.isEmpty { rest = rest.dropFirst(try raw.send(rest)) }
            // It has begun, and the first page does not fit in between.
            while raw.received.isEmpty {
                _ = try raw.read(most: 1_000)
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await client.post(Sample.user(Self.count + 1)).status == .created)
            // As many as there may be.
            let another = try await client.send(.post, Self.users, "{}", headers: Self.lines)
            #expect(try another.status == .serviceUnavailable && another.document["type"] == "/problems/exports")
            raw.setReceiveBuffer(1 << 20)
            while try raw.read() { try await Task.sleep(for: .milliseconds(1)) }
            #expect(raw.received.starts(with: Array("HTTP/1.1 200".utf8)))
            let emails =
                String(decoding: raw.received, as: UTF8.self).components(separatedBy: "@users.example").count - 1
            let isWhole = Array(raw.received.suffix(5)) == Array("0\r\n\r\n".utf8)
            #expect(isWhole == !isConsistent)
            #expect(isConsistent ? emails < Self.count : emails == Self.count + 1, "\(emails)")
            #expect(store.stopReason == nil)
        }
    }
}

extension TestResponse {
    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}
