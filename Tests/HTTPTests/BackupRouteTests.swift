import Annals
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import AnnalsHTTP

/// Backups over HTTP: below one directory for who comes from elsewhere.
@Suite struct BackupRouteTests {
    private static let path = "/v1/backup"

    private func directory() -> String { NSTemporaryDirectory() + "annals-backups-\(UUID().uuidString)" }

    /// Until it is made, or has failed.
    private func outcome(_ client: any TestClientProtocol) async throws -> Document {
        for _ in 0..<600 {
            let document = try await client.get(Self.path).document
            if document["state"] != "running" { return document }
            try await Task.sleep(for: .milliseconds(20))
        }
        return [:]
    }

    @Test func callersElsewhereHaveOneDirectory() async throws {
        let below = directory()
        defer { try? FileManager.default.removeItem(atPath: below) }
        try await TestServer.run(changing: { $1.backupDirectory = below }) { store, client in
            for number in 1...5 { _ = try await client.post(Sample.user(number)) }
            #expect(try await outcome(client) == ["state": "none"])
            for bad in ["", "/etc", "../up", "a/b", ".hidden", "..", "a b", "ü", String(repeating: "a", count: 101)] {
                let answer = try await client.send(
                    .post, Self.path, JSON.string(["directory": .string(bad)] as Document, style: .relaxed))
                #expect(answer.status == .unprocessableContent, "\(bad): \(answer.status)")
            }
            #expect(!FileManager.default.fileExists(atPath: below))
            let begun = try await client.send(.post, Self.path, #"{"directory":"orders-1"}"#)
            #expect(begun.status == .accepted)
            let done = try await outcome(client)
            #expect(done["state"] == "done" && done["report.position"] == .int32(5), "\(done)")
            let survey = try BackupReader(below + "/orders-1").survey()
            #expect(survey.position == 5)
            #expect(survey.root == (try store.logHead().root))

            // A directory that holds something else stays as it is.
            try FileManager.default.createDirectory(atPath: below + "/mine/own", withIntermediateDirectories: true)
            _ = try await client.send(.post, Self.path, #"{"directory":"mine"}"#)
            let failed = try await outcome(client)
            #expect(failed["state"] == "failed" && failed["problem.type"] == "/problems/backup-other", "\(failed)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: below + "/mine") == ["own"])
        }
    }

    @Test func withoutOneTheyHaveNone() async throws {
        try await TestServer.run { _, client in
            let answer = try await client.send(.post, Self.path, #"{"directory":"orders"}"#)
            #expect(answer.status == .forbidden)
            #expect(try answer.document["type"] == "/problems/backup-off")
        }
    }

    /// It takes the scope for everything: keys of persons go along.
    @Test func itTakesAKeyThatMayEverything() async throws {
        let below = directory()
        defer { try? FileManager.default.removeItem(atPath: below) }
        try await TestServer.run(changing: { $1.backupDirectory = below }) { store, client in
            let keys = APIKeyFile(directory: store.directory)
            let (_, auditor) = try keys.create(name: "auditor", scopes: [.audit, .read(nil)])
            let (_, admin) = try keys.create(name: "admin", scopes: [.admin])
            try await Task.sleep(for: .milliseconds(1_100))
            for (key, status) in [(auditor, HTTPResponse.Status.forbidden), (admin, .accepted)] {
                let answer = try await client.send(
                    .post, Self.path, #"{"directory":"a"}"#, headers: [.authorization: "Bearer \(key)"])
                #expect(answer.status == status)
            }
        }
    }
}
