import Annals
import AnnalsHTTP
import ArgumentParser
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

    @Option(help: ArgumentHelp("Where to listen.", valueName: "host:port")) var http = Endpoint.standard
    @Flag(help: "Fill an empty store with events of a small made-up service first.") var demo = false
    @Flag(
        help: ArgumentHelp(
            "Take the log as it is, although it ends before the high-water mark or before its views; for one start."))
    var acceptRollback = false
    @Option(
        help: "The least severe messages to log on standard error: debug, info, notice, warning, error.",
        transform: { try level($0) }) var logLevel = Logger.Level.notice
    @Option(
        name: .customLong("tls-certificate"),
        help: ArgumentHelp(
            "PEM file with the server's certificate and those that lead to a root; with --tls-key, https alone.",
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
    @Option(help: "How messages are written: text or json.") var logFormat = LogFormat.text
    @Option(
        name: .customLong("check-key-file"),
        help: ArgumentHelp(
            "File with the key that opens /v1/users/check and the look-up by reset token. ANNALS_CHECK_KEY goes before it; "
                + "without either they are off. `openssl rand -hex 32` makes one.", valueName: "file"))
    var checkKeyFile: String?
    @OptionGroup var directory: StoreDirectory

    enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

    /// Seconds that requests have to finish once the server is told to stop.
    static let graceSeconds = 30

    private static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else { throw ValidationError("\(name) is no level of logging") }
        return level
    }

    func run() async throws {
        let format = logFormat
        var logger = Logger(label: "annals") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label)
            }
        }
        logger.logLevel = logLevel
        let checkKey = try checkKey()
        let tls = try tls()
        let tokens = try tokens()
        // Before the store is mapped. A process without /proc serves too.
        do throws(FileError) { try CoreDumps.leaveOutMappedFiles() } catch {
            logger.warning("a core dump would hold the store's maps: \(error)")
        }
        let store = try directory.open(
            isSilent: false, create: true, firesTimers: true, acceptsRollback: acceptRollback)
        if demo { try Demo(store: store).fill() }
        var configuration = AnnalsServer.Configuration()
        configuration.host = http.host
        configuration.port = http.port
        configuration.tls = tls
        configuration.tokens = tokens
        configuration.checks.declared = [Users.checks]
        configuration.checks.key = checkKey
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
            let url = "\(tls == nil ? "http" : "https")://\(endpoint.host):\(port)"
            Console.note(
                "\(Console.green("serving", on: .error)) \(url), \(store.position) events in \(store.directory)")
            if isDemo { Demo(store: store).sayWhereToLook(url) }
        }
        var services = ServiceGroupConfiguration(
            services: [application] + (local.map { [$0] } ?? []), gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        services.maximumGracefulShutdownDuration = .seconds(Self.graceSeconds)
        let outcome: Result<Void, any Error>
        do {
            try await ServiceGroup(configuration: services).run()
            outcome = .success(())
        } catch {
            outcome = .failure(Failure(.unavailable, "cannot serve \(http.host):\(http.port): \(error)"))
        }
        // One that stays finds nobody, and the next start removes it.
        try? FileSystem.system.remove(LocalDoor.path(inStore: store.directory))
        try store.close()
        try outcome.get()
        Console.note("stopped; everything answered is in the log")
    }

    private func tls() throws -> TLSIdentity? {
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            do throws(TLSIdentity.Failure) { return try TLSIdentity(certificatePath: certificate, keyPath: key) } catch
            {
                throw Failure(.configuration, "\(error)")
            }
        default: throw Failure(.usage, "--tls-certificate and --tls-key belong together")
        }
    }

    private func tokens() throws -> TokenOptions? {
        switch (keySet, issuer, audience) {
        case (nil, nil, nil): return nil
        case (let path?, let issuer?, let audience?):
            do throws(TokenOptions.Failure) {
                return try TokenOptions(issuer: issuer, audience: audience, keySet: path)
            } catch { throw Failure(.configuration, "\(error)") }
        default: throw Failure(.usage, "--jwks, --issuer and --audience belong together")
        }
    }

    /// The key of the questions about secrets, if there is one.
    private func checkKey() throws -> CheckKey? {
        let text: String
        let source: String
        if let given = ProcessInfo.processInfo.environment["ANNALS_CHECK_KEY"], !given.isEmpty {
            (text, source) = (given, "ANNALS_CHECK_KEY")
        } else if let path = checkKeyFile {
            guard let status = try FileSystem.system.status(path) else {
                throw Failure(.noInput, "there is no \(path)")
            }
            guard status.permissions & 0o077 == 0 else {
                throw Failure(.usage, "others may read \(path): chmod 600 it")
            }
            (text, source) = (String(decoding: try FileSystem.system.readWhole(path), as: UTF8.self), path)
        } else {
            return nil
        }
        guard let key = CheckKey(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure(
                .usage,
                "the check key in \(source) must be \(CheckKey.fewestCharacters) characters or more, without white space; "
                    + "`openssl rand -hex 32` makes one")
        }
        return key
    }
}

/// `host:port`, or a port alone.
struct Endpoint: ExpressibleByArgument, CustomStringConvertible {
    static let standard = Endpoint(host: "127.0.0.1", port: 8080)

    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        let colon = argument.lastIndex(of: ":")
        let digits = colon.map { argument[argument.index(after: $0)...] } ?? argument[...]
        guard let port = Int(digits), (0...65_535).contains(port) else { return nil }
        let host = colon.map { String(argument[..<$0]) } ?? ""
        self.init(host: host.isEmpty ? Self.standard.host : host, port: port)
    }

    var description: String { "\(host):\(port)" }
    var defaultValueDescription: String { description }
}
