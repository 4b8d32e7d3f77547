import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Pipelines that reach other collections: those that the key may read.
@Suite struct JoinTests {
    private static let aggregate = "/v1/collections/users/aggregate"

    private func withKey(
        _ scopes: [String], _ test: @Sendable (any TestClientProtocol, HTTPFields) async throws -> Void
    ) async throws {
        try await TestServer.run { store, client in
            _ = try await client.post(Sample.user(1))
            let experiment = Sample.event(
                "experiment.created", id: "e",
                data: """
                    {"userId":{"$oid":"\(Sample.objectID(1))"},"name":"one","experimentType":"neural-art",\
                    "input":{"a":1}}
                    """)
            #expect(try await client.post(experiment).status == .created)
            let keys = APIKeyFile(directory: store.directory)
            let (_, text) = try keys.create(name: "test", scopes: try scopes.map { try #require(Scope($0)) })
            try await Task.sleep(for: .milliseconds(1_100))
            try await test(client, [.authorization: "Bearer \(text)"])
        }
    }

    private static let lookup =
        #"{"$lookup":{"from":"labexperiments","localField":"_id","foreignField":"userId","as":"found"}}"#
    private static let union = #"{"$unionWith":"labexperiments"}"#
    private static let graph = """
        {"$graphLookup":{"from":"labexperiments","startWith":"$_id","connectFromField":"_id","connectToField":"userId",\
        "as":"found"}}
        """

    @Test func joinsReachWhatTheKeyMayRead() async throws {
        try await withKey(["read:users", "read:labexperiments"]) { client, headers in
            func run(_ stages: String) async throws -> [Document] {
                let answer = try await client.send(
                    .post, Self.aggregate, #"{"pipeline":[\#(stages)]}"#, headers: headers)
                #expect(answer.status == .ok, "\(String(buffer: answer.body))")
                return try answer.document.documents
            }
            for stage in [Self.lookup, Self.graph] {
                let found = try await run(stage)
                guard found.count == 1, case .array(let joined)? = found[0]["found"], joined.count == 1,
                    case .document(let experiment) = joined[0]
                else {
                    Issue.record("\(found)")
                    continue
                }
                #expect(experiment["name"] == "one")
            }
            let both = try await run(Self.union)
            #expect(both.map { $0["name"] } == ["Ada", "one"])
            let plan = try await client.send(
                .post, "/v1/collections/users/explain", #"{"pipeline":[\#(Self.lookup)]}"#, headers: headers)
            #expect(plan.status == .ok)
            let unknown = try await client.send(
                .post, Self.aggregate, #"{"pipeline":[{"$unionWith":"nothing"}]}"#, headers: headers)
            #expect(unknown.status == .badRequest)
        }
    }

    @Test func joinsWithOthersAreRefused() async throws {
        try await withKey(["read:users"]) { client, headers in
            let own = #"{"$lookup":{"from":"users","localField":"_id","foreignField":"_id","as":"found"}}"#
            let allowed = try await client.send(.post, Self.aggregate, #"{"pipeline":[\#(own)]}"#, headers: headers)
            #expect(allowed.status == .ok)
            let nested = [
                Self.lookup, Self.union, Self.graph, #"{"$facet":{"a":[\#(Self.lookup)]}}"#,
                #"{"$unionWith":{"coll":"users","pipeline":[\#(Self.union)]}}"#,
                #"{"$lookup":{"from":"users","pipeline":[\#(Self.graph)],"as":"found"}}"#,
            ]
            for stages in nested {
                for question in ["aggregate", "explain"] {
                    let refused = try await client.send(
                        .post, "/v1/collections/users/\(question)", #"{"pipeline":[\#(stages)]}"#, headers: headers)
                    #expect(refused.status == .forbidden, "\(stages)")
                    #expect(try refused.document["collection"] == "labexperiments")
                    #expect(try refused.document["scope"] == "read:labexperiments")
                }
            }
        }
    }
}
