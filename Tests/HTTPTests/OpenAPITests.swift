import Annals
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Projections
import Testing

@testable import AnnalsHTTP

/// /openapi.json is what the router answers: no route without a description, none described that is not there, and what is
/// said of scopes, parameters and media types holds.
@Suite struct OpenAPITests {
    private func operations(_ configuration: AnnalsServer.Configuration) -> [AnnalsHTTP.Operation] {
        Operations.all(configuration.checks.declared)
    }

    @Test func everyRouteIsDescribedAndOnlyThose() async throws {
        var checks = CheckOptions()
        checks.declared = [Users.checks]
        try await TestServer.run(checks: checks) { store, client in
            var configuration = AnnalsServer.Configuration()
            configuration.checks.declared = [Users.checks]
            let routes = AnnalsServer(store, configuration: configuration).router.routes
            let there = Set(routes.map { "\($0.method) \($0.path)" })
            let described = operations(configuration).map { "\($0.method) \($0.path)" }
            #expect(there == Set(described))
            #expect(described.count == Set(described).count)
            let names = operations(configuration).map(\.name)
            #expect(names.count == Set(names).count)

            let answer = try await client.get("/openapi.json")
            #expect(answer.status == .ok)
            let json = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any]
            #expect(json?["openapi"] as? String == "3.1.0")
            let paths = try #require(json?["paths"] as? [String: [String: Any]])
            #expect(paths.values.reduce(0) { $0 + $1.count } == described.count)
        }
    }

    @Test func scopesAreAskedForAsDescribed() async throws {
        try await TestServer.run { store, client in
            let keys = APIKeyFile(directory: store.directory)
            // A key that allows next to nothing.
            let (_, text) = try keys.create(name: "weak", scopes: [.read("labexperiments")])
            try await Task.sleep(for: .milliseconds(1_100))
            for operation in operations(AnnalsServer.Configuration()) {
                let body = operation.body.isEmpty ? "" : Sample.user(1)
                let stranger = try await client.send(operation.method, operation.samplePath, body)
                #expect((stranger.status == .unauthorized) == (operation.scope != nil), "\(operation.path)")
                guard let scope = operation.scope, scope != "any", operation.path != "/v1/collections" else { continue }
                let weak = try await client.send(
                    operation.method, operation.samplePath, body, headers: [.authorization: "Bearer \(text)"])
                #expect(weak.status == .forbidden, "\(operation.method) \(operation.path): \(weak.status)")
            }
        }
    }

    /// Each member that is described is taken, and no other.
    @Test func bodiesOfQuestionsAreAsDescribed() async throws {
        try await TestServer.run { _, client in
            let json = try await client.get("/openapi.json").body
            let whole = try JSONSerialization.jsonObject(with: Data(json.readableBytesView)) as? [String: Any]
            let paths = try #require(whole?["paths"] as? [String: [String: Any]])
            var questions = 0
            for operation in operations(AnnalsServer.Configuration()) where !operation.members.isEmpty {
                questions += 1
                let post = paths[operation.path]?["post"] as? [String: Any]
                let body = (post?["requestBody"] as? [String: Any])?["content"] as? [String: [String: [String: Any]]]
                let properties = try #require(
                    body?["application/json"]?["schema"]?["properties"] as? [String: [String: Any]])
                #expect(Set(properties.keys) == Set(operation.members))
                #expect(properties.values.allSatisfy { ($0["description"] as? String)?.isEmpty == false })
                for name in operation.members + ["surely-not"] {
                    // Of a type that none has, so that who knows it says so.
                    let answer = try await client.send(.post, operation.samplePath, #"{"\#(name)":{"$minKey":1}}"#)
                    let told = try answer.errors.first { $0["field"] == .string(name) }?["message"]
                    guard case .string(let message)? = told else {
                        Issue.record("\(operation.path) \(name): \(String(buffer: answer.body))")
                        continue
                    }
                    #expect(message.hasPrefix("is not known here") == (name == "surely-not"), "\(name): \(message)")
                }
            }
            #expect(questions == 12)
        }
    }

    @Test func parametersAndFormsAreAsDescribed() async throws {
        try await TestServer.run { _, client in
            _ = try await client.post(Sample.user(1))
            for operation in operations(AnnalsServer.Configuration()) where operation.method == .get {
                let path = operation.samplePath
                if !operation.parameters.isEmpty {
                    let unknown = try await client.get(path + "?surely-not=1")
                    #expect(unknown.status == .badRequest, "\(path)")
                }
                let answer = try await client.get(path)
                guard let described = operation.answers.first(where: { $0.status == answer.status.code }) else {
                    #expect(operation.problems.contains(answer.status.code), "\(path): \(answer.status)")
                    continue
                }
                let type = try #require(answer.headers[.contentType])
                #expect(described.types.contains(type), "\(path): \(type)")
            }
        }
    }
}
