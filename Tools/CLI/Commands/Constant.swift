import ArgumentParser
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What the HTTP library can do at most here: a server that answers every GET with the same bytes. `Tools/Bench/door` puts
/// the real one beside it.
struct ConstantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "constant", abstract: "Answer every GET with the same bytes, to be measured.", shouldDisplay: false
    )

    @Option(help: ArgumentHelp("Where to listen.", valueName: "host:port")) var http = Endpoint.standard
    @Option(help: "The answer's length.") var bytes = 500

    func validate() throws {
        if !(1...1_000_000).contains(bytes) { throw ValidationError("--bytes must be from 1 to 1000000") }
    }

    func run() async throws {
        var logger = Logger(label: "constant")
        logger.logLevel = .notice
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: bytes)
        let router = Router()
        router.get("**") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
        }
        let host = http.host
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(http.host, port: http.port), serverName: "constant"),
            onServerRunning: { channel in
                Console.note("serving http://\(host):\(channel.localAddress?.port ?? 0), \(body.readableBytes) bytes")
            }, logger: logger)
        try await application.runService()
    }
}
