import AnnalsHTTP
import ArgumentParser

/// What callers may take of the door.
struct DoorLimits: ParsableArguments {
    @Option(help: ArgumentHelp("Connections at once; 5000 unless said. Others wait.", valueName: "number"))
    var mostConnections: Int?
    @Option(
        help: ArgumentHelp(
            "How long a connection may stay open on which nothing happens; 60 unless said.", valueName: "seconds"))
    var idleSeconds: Int?
    @Option(
        help: ArgumentHelp(
            "How long a request's body may take to come, unless it is lines; 30 unless said. Then it is answered 408.",
            valueName: "seconds")) var bodySeconds: Double?
    @Option(
        help: ArgumentHelp(
            "Requests of one caller (key, or address where there are no keys) a minute, and as many at once; unless said, "
                + "as many as they like. More are answered 429.", valueName: "number")) var callerRate: Int?

    var flags: [(Setting, String?)] {
        [
            (.mostConnections, mostConnections.map { "\($0)" }), (.idleSeconds, idleSeconds.map { "\($0)" }),
            (.bodySeconds, bodySeconds.map { "\($0)" }), (.callerRate, callerRate.map { "\($0)" }),
        ]
    }

    /// The values, wherever they are from.
    struct Resolved {
        private let mostConnections: Int
        private let idleSeconds: Int64
        private let bodySeconds: Double
        private let callerRate: Int?

        /// - Throws: one that makes no sense.
        init(_ settings: Settings) throws {
            mostConnections = try settings.value(.mostConnections) { Int($0).flatMap { $0 > 0 ? $0 : nil } }
            idleSeconds = try settings.value(.idleSeconds) {
                Int64($0).flatMap { (1...86_400).contains($0) ? $0 : nil }
            }
            bodySeconds = try settings.value(.bodySeconds) { Double($0).flatMap { $0 > 0 && $0 <= 3_600 ? $0 : nil } }
            callerRate =
                settings.text(.callerRate) == nil
                ? nil : try settings.value(.callerRate) { Int($0).flatMap { $0 > 0 ? $0 : nil } }
        }

        func apply(to configuration: inout AnnalsServer.Configuration) {
            configuration.mostConnections = mostConnections
            configuration.idleSeconds = idleSeconds
            configuration.bodyLimit = .milliseconds(max(1, Int(bodySeconds * 1_000)))
            configuration.callerRate = callerRate.map { Rate(burst: $0, perMinute: Double($0)) }
        }
    }
}
