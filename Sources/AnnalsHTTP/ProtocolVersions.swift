internal import NIOCore
internal import NIOHTTP1

/// Sees to what depends on the version of HTTP, before requests become what knows of none.
///
/// Who speaks HTTP/1.0 gets no chunks and no 100, need not name a host, and the connection ends with its answer. HTTP/1.1
/// takes one `Host` (RFC 9112, 3.2). What the client says is its last request is answered so that it sees it was heard.
final class ProtocolVersions: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum Refusal: Error {
        /// HTTP/1.1 without a host, or a host that is none.
        case host
        case version(HTTPVersion)
    }

    private struct Terms {
        let isOld: Bool
        let isLast: Bool
    }

    /// Of requests whose answers have not begun, oldest first.
    private var waiting = CircularBuffer<Terms>()
    private var hasRefused = false
    /// A connection's requests mostly name the same.
    private var lastHost: String?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if let refusal = refusal(head) {
            hasRefused = true
            return context.fireErrorCaught(refusal)
        }
        let isOld = head.version.minor == 0
        let terms = Terms(isOld: isOld, isLast: isOld || !head.isKeepAlive)
        waiting.append(terms)
        guard terms.isLast else { return context.fireChannelRead(data) }
        // In the one spelling that the server looks for.
        head.headers.replaceOrAdd(name: "connection", value: "close")
        if isOld { head.headers.remove(name: "expect") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), head.status.code >= 200, let terms = waiting.popFirst(),
            terms.isLast
        else {
            return context.write(data, promise: promise)
        }
        // Of what is not chunked, the end of the connection is the end.
        if terms.isOld { head.version = .http1_0 }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func refusal(_ head: HTTPRequestHead) -> Refusal? {
        guard head.version.major == 1 else { return .version(head.version) }
        let hosts = head.headers["host"]
        guard hosts.count == 1 || hosts.isEmpty && head.version.minor == 0 else { return .host }
        guard let host = hosts.first, host != lastHost else { return nil }
        guard Self.isHost(host) else { return .host }
        lastHost = host
        return nil
    }

    /// As far as characters tell; a request may name none.
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !notInHosts.contains($0) }
    }

    private static let notInHosts = Array("/?#@\\\"<>^`{|},".utf8)
}
