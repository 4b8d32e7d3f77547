import Annals
import AnnalsHTTP
import BSON
import CoreMetrics
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Platform
import Projections
import Schema

/// A server over a store of its own, gone with the test.
struct TestServer {
    let store: Store
    private let path: String

    static func run(
        changing change: (inout StoreOptions, inout AnnalsServer.Configuration) -> Void = { _, _ in },
        checks: CheckOptions = CheckOptions(), clock: Clock = .system,
        collections: [any Collection.Type] = allCollections,
        preparing prepare: (String, StoreOptions) async throws -> Void = { _, _ in },
        _ test: @Sendable (Store, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await run(
            changing: change, checks: checks, clock: clock, collections: collections, preparing: prepare,
            trail: { _ in nil }
        ) { store, _, client in
            try await test(store, client)
        }
    }

    /// The same with an audit trail of reads.
    static func audited(
        changing change: (inout StoreOptions, inout AnnalsServer.Configuration) -> Void = { _, _ in },
        checks: CheckOptions = CheckOptions(), clock: Clock = .system, mostWaiting: Int = 1_000,
        _ test: @Sendable (Store, ReadTrail, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await run(
            changing: change, checks: checks, clock: clock, trail: { try ReadTrail($0, mostWaiting: mostWaiting) }
        ) { store, trail, client in
            guard let trail else { return }
            try await test(store, trail, client)
        }
    }

    private static func run(
        changing change: (inout StoreOptions, inout AnnalsServer.Configuration) -> Void, checks: CheckOptions,
        clock: Clock, collections: [any Collection.Type] = allCollections,
        preparing prepare: (String, StoreOptions) async throws -> Void = { _, _ in },
        trail: (Store) throws -> ReadTrail?,
        _ test: @Sendable (Store, ReadTrail?, any TestClientProtocol) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "annals-http-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = StoreOptions()
        options.log.mapBytes = 1 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 1 << 30
        options.passwordRounds = 2
        options.firesTimers = false
        options.clock = clock
        // Each server's measurements are its own.
        options.metrics = MetricsRegistry()
        var configuration = AnnalsServer.Configuration()
        configuration.port = 0
        configuration.checks = checks
        change(&options, &configuration)
        try await prepare(path, options)
        let store = try Store(directory: path, collections: collections, options: options)
        let trail = try trail(store)
        configuration.reads = trail
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = try AnnalsServer(store, configuration: configuration).application(logger: logger)
        try await application.test(.live) { client in try await test(store, trail, client) }
        if trail?.failure == nil { try trail?.close() }
        // Some tests leave a store that cannot be closed.
        if store.stopReason == nil { try store.close() }
    }
}

extension TestClientProtocol {
    func post(_ body: String, type: String = "application/json") async throws -> TestResponse {
        try await post(Array(body.utf8), type: type)
    }

    func post(_ body: [UInt8], type: String = "application/json") async throws -> TestResponse {
        try await execute(
            uri: "/v1/events", method: .post, headers: [.contentType: type], body: ByteBuffer(bytes: body)
        ) { $0 }
    }

    func get(_ uri: String, accept: String? = nil, lastEventID: String? = nil) async throws -> TestResponse {
        var headers: HTTPFields = [:]
        if let accept { headers[.accept] = accept }
        if let lastEventID, let name = HTTPField.Name("Last-Event-ID") { headers[name] = lastEventID }
        return try await execute(uri: uri, method: .get, headers: headers, body: nil) { $0 }
    }
}

extension TestResponse {
    /// The body's JSON.
    var document: Document { get throws { try JSON.parse(Array(body.readableBytesView), extended: true) } }

    /// The body's lines of JSON.
    var documents: [Document] {
        get throws {
            try body.readableBytesView.split(separator: 0x0A).map { try JSON.parse(Array($0), extended: true) }
        }
    }

    /// A problem's errors.
    var errors: [Document] {
        get throws {
            guard case .array(let errors)? = try document["errors"] else { return [] }
            return errors.compactMap { if case .document(let error) = $0 { error } else { nil } }
        }
    }

    /// rule and field of each error, such as `required email`.
    var reasons: [String] {
        get throws {
            try errors.map { error in
                guard case .string(let rule)? = error["rule"], case .string(let field)? = error["field"] else {
                    return "?"
                }
                return "\(rule) \(field)"
            }
        }
    }
}

/// Events as clients write them.
enum Sample {
    static func objectID(_ number: Int) -> String {
        let hex = String(number, radix: 16)
        return String(repeating: "0", count: 24 - hex.count) + hex
    }

    static func event(_ type: String, id: String, data: String) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/test","type":"\#(type)","data":\#(data)}"#
    }

    static func user(_ number: Int, id: String? = nil, email: String? = nil) -> String {
        let objectID = objectID(number)
        return """
            {"specversion":"1.0","id":"\(id ?? "u\(number)")","source":"/test","type":"user.registered",\
            "data":{"_id":{"$oid":"\(objectID)"},"email":"\(email ?? "user\(number)@users.example")","name":"Ada",\
            "authMethod":"google"}}
            """
    }
}
