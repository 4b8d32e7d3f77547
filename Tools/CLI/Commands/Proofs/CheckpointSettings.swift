import Annals
import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Proofs

/// What `serve` does with checkpoints.
struct CheckpointSettings: ParsableArguments {
    @Option(
        name: .customLong("checkpoint-sink"),
        help: ArgumentHelp(
            "Where signed checkpoints go: a file that they are appended to, or an http(s) address that each is posted to. "
                + "May be given more than once.", valueName: "file or url")) var sinks: [String] = []
    @Option(
        name: .customLong("checkpoint-seconds"),
        help: ArgumentHelp(
            "Seconds between two, where the log moved, 60 unless said; 0: only when asked.", valueName: "n"))
    var seconds: Int?

    /// As the environment and the file have them; `nil` where none was given.
    var sinksText: String? { sinks.isEmpty ? nil : sinks.joined(separator: " ") }

    /// - Parameter sinks: files and addresses, a space between two.
    static func apply(sinks: String, seconds: Int, to options: inout CheckpointOptions) {
        options.seconds = seconds
        options.sinks = sinks.split(separator: " ").map(String.init).map { target in
            target.hasPrefix("http://") || target.hasPrefix("https://") ? .posting(to: target) : .file(target)
        }
    }
}

extension CheckpointSink {
    /// Why an address did not take one.
    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private static let timeout = TimeAmount.seconds(10)

    /// An address that each is posted to, as plain text.
    static func posting(to url: String) -> CheckpointSink {
        CheckpointSink(name: url) { note in
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "content-type", value: "text/plain; charset=utf-8")
            request.body = .bytes(ByteBuffer(string: "\(note)"))
            let response = try await HTTPClient.shared.execute(request, timeout: timeout)
            guard (200..<300).contains(response.status.code) else {
                throw Refused(description: "it answered \(response.status.code)")
            }
        }
    }
}
