import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// GET /v1/collections and the questions about one: find, aggregate, count, distinct, explain.
@Suite struct CollectionRouteTests {
    private static let users = "/v1/collections/users"

    /// Users 1 to n: every third is named Bob, the others Ada.
    private func withUsers(
        _ count: Int, waitLimit: Duration = .seconds(20),
        _ test: @Sendable (Store, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await TestServer.run(changing: { $1.waitLimit = waitLimit }) { store, client in
            let lines = (1...count).map { number in
                let event = Sample.user(number)
                return number % 3 == 0 ? event.replacing(#""name":"Ada""#, with: #""name":"Bob""#) : event
            }
            _ = try await client.post(lines.joined(separator: "\n"), type: "application/x-ndjson")
            try await test(store, client)
        }
    }

    private func ask(
        _ client: any TestClientProtocol, _ question: String, _ body: String, accept: String = "application/json"
    ) async throws -> TestResponse {
        try await client.send(.post, Self.users + "/" + question, body, headers: [.accept: accept])
    }

    @Test func whatCollectionsThereAre() async throws {
        try await withUsers(5) { store, client in
            guard case .array(let all)? = try await client.get("/v1/collections").document["collections"] else {
                Issue.record("no collections")
                return
            }
            #expect(all.count == store.catalogue.collections.count)
            let users = try await client.get(Self.users).document
            #expect(users["name"] == "users" && users["documents"] == 5)
            #expect(try await client.get("/v1/collections/nothing").status == .notFound)
        }
    }

    @Test func findAnswersDocumentsAndWhereTheyAre() async throws {
        try await withUsers(9) { _, client in
            let response = try await ask(
                client, "find", #"{"filter":{"name":"Bob"},"sort":{"email":-1},"projection":{"email":1}}"#)
            #expect(response.status == .ok, "\(String(buffer: response.body))")
            let document = try response.document
            #expect(document["position"] == 9 && document["more"] == false && document["cursor"] == .null)
            #expect(
                document.documents.map { $0["email"] } == [
                    "user9@users.example", "user6@users.example", "user3@users.example",
                ])
            #expect(document.documents.allSatisfy { Set($0.keys) == ["_id", "email"] })
            let typed = try await ask(client, "find", #"{"filter":{"_id":{"$oid":"\#(Sample.objectID(4))"}}}"#)
            #expect(try typed.document.documents.map { $0["email"] } == ["user4@users.example"])
        }
    }

    @Test func linesAndTables() async throws {
        try await withUsers(2) { _, client in
            let body = #"{"projection":{"email":1,"name":1,"stats.totalMessages":1}}"#
            let lines = try await ask(client, "find", body, accept: "application/x-ndjson")
            #expect(try lines.documents.map { $0["email"] } == ["user1@users.example", "user2@users.example"])
            let table = try await ask(client, "find", body, accept: "text/csv")
            #expect(table.headers[.contentType] == "text/csv")
            let rows = String(buffer: table.body).components(separatedBy: "\r\n")
            #expect(rows.count == 4 && rows[0].contains("stats.totalMessages"))
            #expect(rows[1].hasPrefix("\(Sample.objectID(1)),"), "\(rows[1])")
        }
    }

    @Test func sumsCountsAndValues() async throws {
        try await withUsers(9) { _, client in
            let groups = try await ask(
                client, "aggregate",
                #"{"pipeline":[{"$group":{"_id":"$name","n":{"$sum":1}}},{"$sort":{"_id":1}}]}"#
            ).document
            #expect(groups.documents.map { $0["n"] } == [6, 3])
            #expect(try await ask(client, "count", #"{"filter":{"name":"Bob"}}"#).document["count"] == 3)
            #expect(try await ask(client, "count", "{}").document["count"] == 9)
            #expect(try await ask(client, "distinct", #"{"field":"name"}"#).document["values"] == ["Ada", "Bob"])
            let plan = try await ask(client, "explain", #"{"filter":{"email":"user3@users.example"}}"#)
            #expect(plan.status == .ok && String(buffer: plan.body).contains("email"))
        }
    }

    @Test func aQuestionWaitsForItsPosition() async throws {
        try await withUsers(3) { store, client in
            // Not by the client, whose one connection waits for its answer.
            let late = Task {
                try await Task.sleep(for: .milliseconds(100))
                return try await store.append(
                    NewEvent(
                        id: "late", source: "/test", type: "user.registered",
                        data: ["email": "late@users.example", "name": "Ada", "authMethod": "google"]))
            }
            #expect(try await ask(client, "count", #"{"afterPosition":4}"#).document["count"] == 4)
            _ = try await late.value
        }
    }

    @Test func aQuestionDoesNotWaitForEver() async throws {
        try await withUsers(3, waitLimit: .milliseconds(100)) { _, client in
            let never = try await ask(client, "count", #"{"afterPosition":99}"#)
            #expect(never.status == .serviceUnavailable)
            #expect(never.headers[.retryAfter] != nil)
            #expect(try never.document["type"] == "/problems/behind")
        }
    }

    @Test func aQuestionTakesNoLongerThanItMay() async throws {
        try await withUsers(60) { _, client in
            // Each joins all with all, four deep: thirteen million.
            var stages = "[]"
            for _ in 0..<4 {
                stages = #"[{"$lookup":{"from":"users","pipeline":\#(stages),"as":"x"}},{"$unwind":"$x"}]"#
            }
            stages = String(stages.dropLast()) + #",{"$count":"n"}]"#
            let start = ContinuousClock.now
            let cut = try await ask(client, "aggregate", #"{"pipeline":\#(stages),"maxTimeMS":60,"comment":"all"}"#)
            #expect(start.duration(to: .now) < .seconds(20))
            #expect(cut.status == .serviceUnavailable)
            #expect(try cut.document["type"] == "/problems/too-slow")
            #expect(try await ask(client, "count", #"{"maxTimeMS":30000}"#).document["count"] == 60)
            #expect(try await ask(client, "count", #"{"maxTimeMS":0}"#).document["count"] == 60)
        }
    }

    @Test func badQuestionsAreNamed() async throws {
        try await withUsers(1) { _, client in
            let cases: [(String, String, HTTPResponse.Status, String)] = [
                ("find", #"{"filters":{}}"#, .badRequest, "member filters"),
                ("find", #"{"filter":[]}"#, .badRequest, "member filter"),
                ("find", #"{"limit":0}"#, .badRequest, "member limit"),
                ("find", #"{"filter":{"name":{"$near":1}}}"#, .badRequest, "query filter.name.$near"),
                ("find", #"{"filter":{"password":"x"}}"#, .forbidden, "query filter.password"),
                ("find", #"{"cursor":1}"#, .badRequest, "member cursor"),
                ("find", #"{"consistent":1}"#, .badRequest, "member consistent"),
                ("find", #"{"hint":{"email":2}}"#, .badRequest, "member hint"),
                ("aggregate", "{}", .badRequest, "member pipeline"),
                ("aggregate", #"{"pipeline":[{"$explode":1}]}"#, .badRequest, "query pipeline.0"),
                ("find", #"{"maxTimeMS":-1}"#, .badRequest, "member maxTimeMS"),
                ("count", #"{"comment":7}"#, .badRequest, "member comment"),
                ("distinct", #"{"field":"password"}"#, .forbidden, "query "),
                ("find", "{", .badRequest, "unexpectedEnd "),
            ]
            for (question, body, status, reason) in cases {
                let response = try await ask(client, question, body)
                #expect(response.status == status, "\(question) \(body): \(String(buffer: response.body))")
                let reasons = try response.reasons
                #expect(reasons.count == 1 && reasons[0].hasPrefix(reason), "\(reasons)")
            }
        }
    }
}

extension Document {
    /// The documents of an answer.
    var documents: [Document] {
        guard case .array(let elements)? = self["documents"] else { return [] }
        return elements.compactMap { if case .document(let document) = $0 { document } else { nil } }
    }
}
