import Annals
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Projections
import Testing

@testable import AnnalsHTTP

/// Methods: what a path does not take is 405 with what it takes, and HEAD is GET without its body.
@Suite struct MethodTests {
    @Test func otherMethodsAreToldWhichThereAre() async throws {
        var checks = CheckOptions()
        checks.declared = [Users.checks]
        let operations = Operations.all(checks.declared)
        try await TestServer.run(checks: checks) { store, client in
            for operation in operations {
                let here = Set(operations.filter { $0.path == operation.path }.map(\.method))
                let allowed = here.contains(.get) ? here.union([.head]) : here
                for method in [HTTPRequest.Method.get, .post, .put, .delete, .patch] where !here.contains(method) {
                    let answer = try await client.execute(uri: operation.samplePath, method: method) { $0 }
                    #expect(answer.status == .methodNotAllowed, "\(method) \(operation.path): \(answer.status)")
                    let told = answer.headers[.allow]?.components(separatedBy: ", ") ?? []
                    #expect(Set(told) == Set(allowed.map(\.rawValue)), "\(method) \(operation.path)")
                    #expect(answer.headers[.contentType] == "application/problem+json")
                    #expect(try answer.document["type"] == "/problems/method")
                }
            }
            #expect(store.position == 0)
            let nowhere = try await client.execute(uri: "/v1/nowhere", method: .delete) { $0 }
            #expect(nowhere.status == .notFound && nowhere.headers[.allow] == nil)
        }
    }

    @Test func headIsGetWithoutItsBody() async throws {
        try await TestServer.run { _, client in
            _ = try await client.post(Sample.user(1))
            for operation in Operations.all([]) where operation.method == .get {
                let get = try await client.get(operation.samplePath)
                let head = try await client.execute(uri: operation.samplePath, method: .head) { $0 }
                #expect(head.status == get.status, "\(operation.path)")
                #expect(head.body.readableBytes == 0)
                #expect(head.headers[.contentType] == get.headers[.contentType], "\(operation.path)")
                guard !["/metrics", "/readyz"].contains(operation.path) else { continue }
                #expect(head.headers[.contentLength] == get.headers[.contentLength], "\(operation.path)")
            }
            let nothing = try await client.execute(uri: "/v1/nothing", method: .head) { $0 }
            #expect(nothing.status == .notFound && nothing.body.readableBytes == 0)
        }
    }
}
