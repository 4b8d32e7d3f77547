public import Annals
public import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Logging
internal import Tracing

/// The HTTP door of a store.
///
///     POST /v1/events                  one CloudEvent, a batch (all or nothing), or NDJSON (each line a request)
///     GET  /v1/events                  a page of them, lines (NDJSON), or a stream (server-sent events)
///     GET  /v1/consumers/NAME/events   the same from where its acknowledgements are; POST …/ack
///     GET  /v1/log/checkpoint, …       signed checkpoints and proofs
///     GET  /v1/reads, …                the audit trail of reads, where there is one
///     GET  /v1/parked                  refused events kept aside; POST …/ID/retry, DELETE …/ID
///     POST /v1/rebuilds                views folded anew while the old ones serve; GET says how far
///     GET  /v1/schemas/TYPE            JSON Schema of an event's data
///     GET  /v1/collections[/NAME]      what there is; POST …/NAME/find, aggregate, count, distinct, explain
///     GET  /v1/collections/NAME/ID     a document, without its secrets
///     GET  /v1/collections/NAME/ID/history   its versions; POST /v1/replay/diff, what-if: what differs, and would
///     POST /v1/NAME/check, …           questions about secrets, for those who have a key: `CheckOptions`
///     POST /v1/backup                  a backup on the server's machine; GET says how it is
///     GET  /livez, /readyz
///
/// Errors are `application/problem+json` (RFC 9457). Knows nothing of any domain.
public struct AnnalsServer: Sendable {
    public struct Configuration: Sendable {
        public var host = "127.0.0.1"
        /// 0 for any that is free.
        public var port = 8080
        /// Seconds until a connection on which nothing happens is closed.
        public var idleSeconds: Int64 = 60
        /// How long a body that is collected whole may take to come (408). Of lines, each time nothing comes is idle time.
        public var bodyLimit = Duration.seconds(30)
        /// How long a snapshot may stay open for one request. What took longer is not sent: a process that was suspended
        /// with a snapshot open may have read what was overwritten meanwhile.
        public var readLimit = Duration.seconds(2)
        /// How long a question waits for the views to hold the position that it names.
        public var waitLimit = Duration.seconds(5)
        /// Streams of events.
        public var streams = StreamOptions()
        /// What services may ask about secrets.
        public var checks = CheckOptions()

        /// Below it lie the backups that callers elsewhere may ask for; without one, they may ask for none.
        public var backupDirectory: String?
        /// Where all that is read is written down; nowhere without. Who opened it closes it.
        public var reads: ReadTrail?
        /// Whose tokens do in place of a key. With them, nobody comes in without either.
        public var tokens: TokenOptions?
        /// Without one, connections are not encrypted.
        public var tls: TLSIdentity?
        /// Requests of one caller; without, as many as they like.
        public var callerRate: Rate?
        /// Connections at once.
        public var mostConnections = 5_000

        public init() {}

        /// Whether nobody elsewhere can reach the server.
        public var isOnThisMachineAlone: Bool { isThisMachine(host[...]) }
    }

    static func isThisMachine(_ host: Substring) -> Bool {
        host == "localhost" || host == "::1"
            || (host.utf8.starts(with: "127.".utf8)
                && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") })
    }

    /// Why the server may not listen where it is told to; `nil` where it may.
    public func objection() throws -> String? {
        guard !configuration.isOnThisMachineAlone, configuration.tokens == nil, try keys.isMissing() else { return nil }
        return
            "\(configuration.host) can be reached from elsewhere and the store has no keys: anybody could do anything. "
            + "Make one first (annals keys create), or listen on 127.0.0.1"
    }

    /// Of one header and of all, in bytes; and how many there may be.
    static let (longestHeader, longestHeaders, mostHeaders) = (16 << 10, 64 << 10, 100)

    public let store: Store
    private let keys: APIKeyFile
    private let measurements: Measurements
    private let backups = BackupRuns()
    let departures = Departures()
    public var configuration: Configuration

    public init(_ store: Store, configuration: Configuration = Configuration()) {
        self.store = store
        keys = APIKeyFile(directory: store.directory, fileSystem: store.options.fileSystem, clock: store.options.clock)
        measurements = Measurements(store.options.metrics)
        self.configuration = configuration
    }

    /// What answers requests, as a service to be run; in spans, where a tracer was chosen before. `onRunning` is told the
    /// port that was bound.
    public func application(
        logger: Logger, onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        let (bodyLimit, writeLimit) = (configuration.bodyLimit, configuration.streams.writeLimit)
        let departures = departures
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [
                    ConnectionGuard(bodyLimit: bodyLimit, writeLimit: writeLimit), departures.watch(),
                ],
                idleTimeout: .seconds(configuration.idleSeconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: Self.longestHeader, maxHeaderListSize: Self.longestHeaders,
                    maxHeaderFieldCount: Self.mostHeaders)))
        return Application(
            router: router,
            server: try configuration.tls.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain,
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: "annals",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.mostConnections)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// Serves until the process is told to stop (SIGTERM, SIGINT): then what is being answered is finished. `onRunning` is
    /// told the port that was bound.
    public func run(
        logger: Logger = Logger(label: "annals"), onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) async throws {
        try await application(logger: logger, onRunning: onRunning).runService()
    }

    /// The paths of questions about secrets, which have a key of their own.
    private var ownKeys: Set<String> {
        Set(
            configuration.checks.declared.flatMap { checks in
                (["check"] + checks.lookups.map(\.name)).map { "/v1/\(checks.collection)/\($0)" }
            })
    }

    private func doorkeeper(isLocal: Bool) -> Doorkeeper {
        Doorkeeper(
            keys: keys, ownKeys: ownKeys, isOpenWithoutKeys: configuration.isOnThisMachineAlone, isLocal: isLocal,
            tokens: configuration.tokens, clock: store.options.clock,
            rate: configuration.callerRate.map { rate in
                // Nobody's haste costs the others.
                RateLimiter(
                    each: rate, all: Rate(burst: .max, perMinute: 1e12), capacity: 10_000, clock: store.options.clock)
            })
    }

    var router: Router<CallContext> { router(isLocal: false) }

    /// `isLocal`: who calls has shown that they may use the store's directory.
    func router(isLocal: Bool) -> Router<CallContext> {
        let operations = Operations.all(configuration.checks.declared)
        let router = Router(context: CallContext.self, options: .autoGenerateHeadEndpoints)
        // Where nobody traces, it would cost each answer two writes more than it needs: its body ends the span.
        if !(InstrumentationSystem.instrument is NoOpInstrument) {
            router.add(middleware: TraceContextMiddleware())
            // Subjects and entities may name people.
            router.add(middleware: TracingMiddleware(redactingQueryParameters: ["subject", "entity"]))
        }
        router.add(
            middleware: Entrance(
                measurements: measurements, problems: ProblemAnswers(methods: DeclaredMethods(operations)),
                doorkeeper: doorkeeper(isLocal: isLocal),
                audit: configuration.reads.map { trail in
                    ReadAudit(
                        trail, operations, store.catalogue, isLocal ? .socket : .http, clock: store.options.clock,
                        longestPart: configuration.streams.longestUnwritten)
                },
                parameters: DeclaredParameters(operations)))
        EventRoutes(store).add(to: router)
        EventReadRoutes(
            store: store, readLimit: configuration.readLimit, streams: configuration.streams, measurements: measurements
        ).add(to: router)
        ConsumerRoutes(
            store: store, readLimit: configuration.readLimit, streams: configuration.streams, measurements: measurements
        ).add(to: router)
        LogRoutes(store: store).add(to: router)
        ReadRoutes(trail: configuration.reads).add(to: router)
        ParkedRoutes(store: store).add(to: router)
        AnomalyRoutes(store: store).add(to: router)
        RebuildRoutes(store: store).add(to: router)
        HoldRoutes(store: store).add(to: router)
        BackupRoutes(store: store, runs: backups, directory: configuration.backupDirectory).add(to: router)
        MetricsRoutes(store: store, measurements: measurements).add(to: router)
        CollectionRoutes(
            store: store, readLimit: configuration.readLimit, waitLimit: configuration.waitLimit,
            streams: configuration.streams, measurements: measurements, departures: departures
        ).add(to: router)
        ChangeRoutes(store: store, streams: configuration.streams, measurements: measurements).add(to: router)
        DocumentRoutes(store, readLimit: configuration.readLimit).add(to: router)
        ReplayRoutes(store: store, departures: departures, waitLimit: configuration.waitLimit).add(to: router)
        HealthRoutes(store: store, reads: configuration.reads).add(to: router)
        let description = OpenAPI(
            operations: operations,
            collections: store.catalogue.collections.map(\.name),
            types: store.catalogue.eventTypes.map { $0.event.name.description }
        ).document
        router.get("/openapi.json") { _, _ in Response.json(.ok, description) }
        for checks in configuration.checks.declared {
            SecretRoutes(store, checks, configuration.checks).add(to: router)
        }
        return router
    }
}
