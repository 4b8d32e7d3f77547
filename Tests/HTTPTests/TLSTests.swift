import AnnalsHTTP
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

/// Certificates that are replaced while the server runs.
@Suite struct TLSTests {
    /// Files of a certificate and its key, gone with the test.
    private final class Files: Sendable {
        let directory = NSTemporaryDirectory() + "annals-tls-\(UUID().uuidString)"
        var certificate: String { directory + "/certificate.pem" }
        var key: String { directory + "/key.pem" }

        init() throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        /// A new certificate, of itself, in both files' place; returns a copy of it to trust.
        func renew(_ name: String) throws -> String {
            try make(name)
            for (from, to) in [(directory + "/\(name).key", key), (trusted(name), certificate)] {
                try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
            }
            return trusted(name)
        }

        func make(_ name: String) throws {
            let arguments = [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                directory + "/\(name).key", "-out", trusted(name),
            ]
            #expect(try TLSTests.run(arguments) == 0)
        }

        func trusted(_ name: String) -> String { directory + "/\(name).pem" }
    }

    private static func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Whether who trusts a certificate takes the server's.
    private func isTrusted(_ certificate: String, _ port: Int) throws -> Bool {
        try Self.run(["curl", "-sf", "--cacert", certificate, "https://127.0.0.1:\(port)/livez"]) == 0
    }

    @Test func newFilesAreShownAndBadOnesAreNot() async throws {
        let files = try Files()
        let first = try files.renew("first")
        let identity = try TLSIdentity(certificatePath: files.certificate, keyPath: files.key)
        #expect(try !identity.reload())
        try await TestServer.run(changing: { $1.tls = identity }) { _, client in
            let port = try #require(client.port)
            #expect(try isTrusted(first, port))
            let second = try files.renew("second")
            // Not before somebody looks.
            #expect(try isTrusted(first, port) && !isTrusted(second, port))
            #expect(try identity.reload())
            #expect(try isTrusted(second, port) && !isTrusted(first, port))

            // A key of another certificate, no certificate, no file: what was shown before still is.
            try files.make("third")
            try Data(contentsOf: URL(fileURLWithPath: files.directory + "/third.key"))
                .write(to: URL(fileURLWithPath: files.key))
            #expect(throws: TLSIdentity.Failure.self) { try identity.reload() }
            // Told once; told again where somebody asks.
            #expect(try !identity.reload())
            #expect(throws: TLSIdentity.Failure.self) { try identity.reload(isForced: true) }
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: files.certificate))
            #expect(throws: TLSIdentity.Failure.self) { try identity.reload() }
            try FileManager.default.removeItem(atPath: files.certificate)
            #expect(throws: TLSIdentity.Failure.self) { try identity.reload() }
            #expect(try isTrusted(second, port))
            let fourth = try files.renew("fourth")
            #expect(try identity.reload())
            #expect(try isTrusted(fourth, port) && !isTrusted(second, port))
        }
    }

    @Test func filesAreLookedAtAgainAndAgain() async throws {
        let files = try Files()
        _ = try files.renew("first")
        let identity = try TLSIdentity(certificatePath: files.certificate, keyPath: files.key)
        let messages = Messages()
        var logger = Logger(label: "test") { _ in LogCatcher(messages: messages) }
        logger.logLevel = .notice
        let service = TLSReloading(identity, logger: logger, interval: .milliseconds(20))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await service.run() }
            _ = try files.renew("second")
            #expect(try await messages.have("read anew"))
            messages.clear()
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: files.certificate))
            #expect(try await messages.have("no good"))
            group.cancelAll()
        }
    }
}

/// What was logged.
private final class Messages: Sendable {
    private let all = Mutex<[String]>([])

    func clear() { all.withLock { $0.removeAll() } }

    func add(_ message: String) { all.withLock { $0.append(message) } }

    /// Whether a message with this text comes within ten seconds.
    func have(_ text: String) async throws -> Bool {
        for _ in 0..<1_000 {
            if all.withLock({ $0.contains { $0.contains(text) } }) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

private struct LogCatcher: LogHandler {
    let messages: Messages
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { messages.add("\(event.message)") }
}
