import Annals
import AnnalsHTTP
import ArgumentParser
import CoreMetrics
import Foundation
import Hummingbird
import Logging
import Platform
import Projections
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a store over HTTP until told to stop (SIGTERM, Ctrl-C).",
        discussion: """
            POST /v1/events takes one CloudEvent, an array of them (all or nothing), or NDJSON (each line a request of its \
            own, answered as it is appended).
            """)

    @Option(help: ArgumentHelp("Where to listen; 127.0.0.1:8080 unless said.", valueName: "host:port"))
    var http: Endpoint?
    @Flag(help: "Fill an empty store with events of a small made-up service first.") var demo = false
    @Flag(
        help: ArgumentHelp(
            "Take the log as it is, although it ends before the high-water mark or before its views; for one start."))
    var acceptRollback = false
    @Option(
        help: "The least severe messages to log on standard error: debug, info, notice (unless said), warning, error.",
        transform: { try level($0) }) var logLevel: Logger.Level?
    @Option(
        name: .customLong("tls-certificate"),
        help: ArgumentHelp(
            "PEM file with the server's certificate and those that lead to a root; with --tls-key, https alone. Read anew "
                + "on SIGHUP, and where it has changed, within a minute.",
            valueName: "file")) var tlsCertificate: String?
    @Option(name: .customLong("tls-key"), help: ArgumentHelp("PEM file with the certificate's key.", valueName: "file"))
    var tlsKey: String?
    @Option(
        name: .customLong("jwks"),
        help: ArgumentHelp(
            "File with a JSON Web Key Set: tokens that its keys signed do in place of keys (EdDSA, ES256, RS256). Takes "
                + "--issuer and --audience.", valueName: "file")) var keySet: String?
    @Option(help: ArgumentHelp("Whose tokens are taken: their `iss`.", valueName: "url")) var issuer: String?
    @Option(help: ArgumentHelp("Whom they must be for: their `aud`.", valueName: "name")) var audience: String?
    @Option(help: "How messages are written: text (unless said) or json.") var logFormat: LogFormat?
    @Option(
        help: ArgumentHelp(
            "How long one question may read; 2 unless said. Whoever is broken off is answered 503.",
            valueName: "seconds"))
    var readSeconds: Double?
    @Option(
        name: .customLong("check-key-file"),
        help: ArgumentHelp(
            "File with the key that opens /v1/users/check and the look-up by reset token. ANNALS_CHECK_KEY goes before it; "
                + "without either they are off. `openssl rand -hex 32` makes one.", valueName: "file"))
    var checkKeyFile: String?
    @Flag(
        name: .customLong("audit-reads"),
        help: "Write down who read what, and how much, never values, in DIR/reads; nothing is read while that fails.")
    var auditsReads = false
    @Option(
        name: .customLong("backup-directory"),
        help: ArgumentHelp(
            "Below it, callers elsewhere who may everything have backups made (POST /v1/backup); none unless given.",
            valueName: "dir")) var backupDirectory: String?
    @Option(
        help: ArgumentHelp(
            "JSON file with any of these, named as the flags are: {\"http\": \"0.0.0.0:443\", …}. ANNALS_HTTP and its like "
                + "go before it, and flags before those.", valueName: "file")) var config: String?
    @Flag(help: "Print each value and where it is from, and serve nothing.") var printConfig = false
    @OptionGroup var output: Output
    @OptionGroup var checkpoints: CheckpointSettings
    @OptionGroup var limits: DoorLimits
    @OptionGroup var directory: StoreDirectory

    enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

    /// Seconds that requests have to finish once the server is told to stop.
    static let graceSeconds = 30

    private static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else { throw ValidationError("\(name) is no level of logging") }
        return level
    }

    private func settings() throws -> Settings {
        try Settings(
            flags: [
                (.http, http?.description), (.data, directory.data), (.masterKeyFile, directory.masterKeyFile),
                (.forcesFileSystem, directory.forcesFileSystem ? "true" : nil), (.demo, demo ? "true" : nil),
                (.logLevel, logLevel?.rawValue), (.logFormat, logFormat?.rawValue),
                (.tlsCertificate, tlsCertificate), (.tlsKey, tlsKey), (.keySet, keySet), (.issuer, issuer),
                (.audience, audience), (.checkKeyFile, checkKeyFile), (.signingKey, directory.signingKey),
                (.logName, directory.logName), (.checkpointSinks, checkpoints.sinksText),
                (.checkpointSeconds, checkpoints.seconds.map { "\($0)" }),
                (.readSeconds, readSeconds.map { "\($0)" }), (.backupDirectory, backupDirectory),
                (.auditsReads, auditsReads ? "true" : nil),
            ] + limits.flags, file: config)
    }

    func run() async throws {
        let settings = try settings()
        if printConfig {
            // What cannot be served with is shown too: it says where it is from.
            try settings.print(asJSON: output.isJSON)
            _ = try ServeValues(settings)
            return
        }
        if output.isJSON { throw Failure(.usage, "--json goes with --print-config") }
        var directory = directory
        directory.data = settings.text(.data)
        directory.masterKeyFile = settings.text(.masterKeyFile)
        directory.forcesFileSystem = settings.isOn(.forcesFileSystem)
        directory.signingKey = settings.text(.signingKey)
        directory.logName = settings.text(.logName)
        let values = try ServeValues(settings)
        let (sinks, seconds, http) = (values.checkpointSinks, values.checkpointSeconds, values.http)
        let demo = settings.isOn(.demo)
        let (format, tls) = (values.logFormat, values.tls)
        var logger = Logger(label: "annals") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label)
            }
        }
        logger.logLevel = values.logLevel
        MetricsSystem.bootstrap(MetricsRegistry())
        // Before the store is mapped. A process without /proc serves too.
        do throws(FileError) { try CoreDumps.leaveOutMappedFiles() } catch {
            logger.warning("a core dump would hold the store's maps: \(error)")
        }
        let store = try directory.open(
            isSilent: false, create: true, firesTimers: true, acceptsRollback: acceptRollback
        ) { CheckpointSettings.apply(sinks: sinks, seconds: seconds, to: &$0.checkpoints) }
        if demo { try Demo(store: store).fill() }
        var configuration = AnnalsServer.Configuration()
        configuration.host = http.host
        configuration.port = http.port
        configuration.tls = tls
        configuration.readLimit = .milliseconds(max(1, Int(values.readSeconds * 1_000)))
        configuration.tokens = values.tokens
        configuration.checks.declared = [Users.checks]
        configuration.checks.key = values.checkKey
        values.limits.apply(to: &configuration)
        configuration.backupDirectory = settings.text(.backupDirectory)
        if settings.isOn(.auditsReads) { configuration.reads = try ReadTrail(store) }
        let server = AnnalsServer(store, configuration: configuration)
        if let objection = try server.objection() {
            try store.close()
            throw Failure(.configuration, objection)
        }
        if tls == nil, !configuration.isOnThisMachineAlone {
            Console.note("warning: without --tls-certificate, keys and events can be read on their way")
        }
        let (endpoint, isDemo) = (http, demo)
        let (localOpened, opening) = AsyncStream.makeStream(of: Void.self)
        let local = try server.localApplication(logger: logger) { opening.finish() }
        if local == nil {
            opening.finish()
            Console.note(
                "warning: the directory's path is too long for a socket: other commands cannot ask this server")
        }
        let application = try server.application(logger: logger) { port in
            for await _ in localOpened {}
            let url = "\(tls == nil ? "http" : "https")://\(Endpoint(host: endpoint.host, port: port))"
            Console.note(
                "\(Console.green("serving", on: .error)) \(url), \(store.position) events in \(store.directory)")
            if isDemo { Demo(store: store).sayWhereToLook(url) }
        }
        try store.rebuilds.resume()
        let parts: [any Service] = tls.map { [application, TLSReloading($0, logger: logger)] } ?? [application]
        var services = ServiceGroupConfiguration(
            services: parts + (local.map { [$0] } ?? []), gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        services.maximumGracefulShutdownDuration = .seconds(Self.graceSeconds)
        let outcome: Result<Void, any Error>
        do {
            try await ServiceGroup(configuration: services).run()
            outcome = .success(())
        } catch {
            outcome = .failure(Failure(.unavailable, "cannot serve \(http): \(error)"))
        }
        // One that stays finds nobody, and the next start removes it.
        try? FileSystem.system.remove(LocalDoor.path(inStore: store.directory))
        let trailClosed = Result { [trail = configuration.reads] in try trail?.close() }
        try store.close()
        try trailClosed.get()
        try outcome.get()
        Console.note("stopped; everything answered is in the log")
    }
}
