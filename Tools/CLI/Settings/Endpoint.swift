import ArgumentParser

/// `host:port`, or a port alone. An IPv6 address may stand in brackets, as in URLs.
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
        var host = colon.map { String(argument[..<$0]) } ?? ""
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.init(host: host.isEmpty ? Self.standard.host : host, port: port)
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var defaultValueDescription: String { description }
}
