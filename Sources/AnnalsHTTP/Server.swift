public import Annals
public import Hummingbird
public import Logging

/// The HTTP door of a store.
///
///     POST /v1/events                  one CloudEvent, a batch (all or nothing), or NDJSON (each line a request)
///     GET  /v1/collections/NAME/ID     a document, without its secrets
///     POST /v1/NAME/check, …           questions about secrets, for those who have a key: `CheckOptions`
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
        /// How long a snapshot may stay open for one request. What took longer is not sent: a process that was suspended
        /// with a snapshot open may have read what was overwritten meanwhile.
        public var readLimit = Duration.seconds(2)
        /// What services may ask about secrets.
        public var checks = CheckOptions()

        public init() {}
    }

    public let store: Store
    public var configuration: Configuration

    public init(_ store: Store, configuration: Configuration = Configuration()) {
        self.store = store
        self.configuration = configuration
    }

    /// What answers requests, as a service to be run. `onRunning` is told the port that was bound.
    public func application(
        logger: Logger, onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        Application(
            router: router,
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(configuration.idleSeconds),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: "annals"),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// Serves until the process is told to stop (SIGTERM, SIGINT): then what is being answered is finished.
    public func run(logger: Logger = Logger(label: "annals")) async throws {
        try await application(logger: logger).runService()
    }

    private var router: Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ProblemMiddleware())
        EventRoutes(store).add(to: router)
        DocumentRoutes(store, readLimit: configuration.readLimit).add(to: router)
        HealthRoutes(store).add(to: router)
        for checks in configuration.checks.declared {
            SecretRoutes(store, checks, configuration.checks).add(to: router)
        }
        return router
    }
}
