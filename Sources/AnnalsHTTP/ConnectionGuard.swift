internal import BSON
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// Watches what comes over one connection: a body that is collected whole must be there within a time (408), and what
/// cannot be read as HTTP is told so as a problem. After either, the connection ends.
///
/// A stream of lines may take for ever; while nothing comes, it is idle as connections are. A client that takes nothing of
/// what is written to it for a time is let go, whatever it asked for.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The body did not come in time.
    struct BodyTooSlow: Error { let limit: TimeAmount }
    /// The body is not what HTTP has bodies be.
    struct BodyUnreadable: Error { let cause: any Error }

    private let limit: TimeAmount
    private let writeLimit: TimeAmount
    private var writing: Scheduled<Void>?
    /// Bytes of bodies.
    private var written = 0
    /// Requests whose answers are not written to their end.
    private var open = 0
    private var isReading = false
    /// The request that is read asks whether to send its body, and has an answer before its own.
    private var waitsToGoOn = false
    /// Since when a body that is collected has been awaited.
    private var began: NIODeadline?
    private var timer: Scheduled<Void>?
    /// What came after requests that are still being answered.
    private var refusal: (any Error)?
    private var endsAfterAnswer = false
    /// Time for the client to read the answer, before what it still sends makes the system throw both away.
    private static let linger = TimeAmount.seconds(1)
    /// Bytes that the system keeps beyond those that are on their way.
    private static let mostUnsent: SocketOptionValue = 128 << 10

    init(bodyLimit: Duration, writeLimit: Duration) {
        limit = TimeAmount(bodyLimit)
        self.writeLimit = TimeAmount(writeLimit)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        limitUnsent(context)
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(
                ProtocolVersions(), position: .before(pipeline.handler(type: HTTP1ToHTTPServerCodec.self)))
        } catch { context.fireErrorCaught(error) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What a slow client sends after it was told so is for nobody.
        guard !endsAfterAnswer else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            open += 1
            isReading = true
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                // What is too large is answered so once it comes: nobody need wait for that. Never within another's answer.
                if open == 1 { goOn(context) } else { waitsToGoOn = true }
            }
            if !EventStream.isOne(head) {
                began = .now()
                schedule(context, in: limit)
            }
        case .body: break
        case .end:
            isReading = false
            began = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        let part = unwrapOutboundIn(data)
        if case .body(let bytes) = part { written += bytes.readableBytes }
        guard case .end = part else { return }
        open -= 1
        if open == 1, waitsToGoOn {
            waitsToGoOn = false
            goOn(context)
        }
        guard open <= 0 else { return }
        if let refusal { refuse(context, refusal) } else if endsAfterAnswer { end(context) }
    }

    private func goOn(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError || error is ProtocolVersions.Refusal else {
            return context.fireErrorCaught(error)
        }
        if isReading {
            giveUp(context, BodyUnreadable(cause: error))
        } else if open > 0 {
            refusal = error
        } else {
            refuse(context, error)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelTimers() }
    func channelInactive(context: ChannelHandlerContext) {
        cancelTimers()
        context.fireChannelInactive()
    }

    private func cancelTimers() {
        timer?.cancel()
        writing?.cancel()
        writing = nil
    }

    // MARK: Answers that are not taken

    /// The system tells of room only when a third of what it keeps has gone, and for a fast network it keeps megabytes: a
    /// client that takes little would look like one that takes nothing. Best effort: a socket in a directory has no such limit.
    private func limitUnsent(_ context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_NOTSENT_LOWAT)),
            value: Self.mostUnsent)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writing?.cancel()
        writing = nil
        if !context.channel.isWritable { watchWriting(context, taken(context)) }
        context.fireChannelWritabilityChanged()
    }

    /// What is slow, and takes some, goes on.
    private func watchWriting(_ context: ChannelHandlerContext, _ before: Int) {
        writing = context.eventLoop.assumeIsolated().scheduleTask(in: writeLimit) { [self] in
            let now = taken(context)
            if now > before { watchWriting(context, now) } else { context.close(mode: .all, promise: nil) }
        }
    }

    /// Bytes of bodies that are not waiting here any more; about: what waits has heads too.
    private func taken(_ context: ChannelHandlerContext) -> Int {
        written - ((try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    }

    // MARK: Bodies that do not come

    /// One timer at a time: it finds out by itself whose body is awaited when it fires.
    private func schedule(_ context: ChannelHandlerContext, in time: TimeAmount) {
        guard timer == nil else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
            timer = nil
            guard let began else { return }
            let left = began + limit - .now()
            if left > .zero { return schedule(context, in: left) }
            self.began = nil
            if open > 0 { giveUp(context, BodyTooSlow(limit: limit)) } else { context.close(promise: nil) }
        }
    }

    /// Whoever reads the body learns why there is no more of it, and answers.
    private func giveUp(_ context: ChannelHandlerContext, _ error: any Error) {
        endsAfterAnswer = true
        context.fireErrorCaught(error)
    }

    // MARK: What is no HTTP

    private func refuse(_ context: ChannelHandlerContext, _ error: any Error) {
        endsAfterAnswer = true
        refusal = nil
        let problem = Problem(unreadable: error)
        var body: [UInt8] = []
        JSON.write(problem.document, style: .relaxed, into: &body)
        body.append(0x0A)
        let head = HTTPResponse(
            status: problem.status,
            headerFields: [
                .contentType: "application/problem+json", .contentLength: String(body.count), .connection: "close",
                .server: "annals",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        context.flush()
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { context.close(promise: nil) }
    }
}

extension Problem {
    /// What the decoder cannot read, or does not want to.
    init(unreadable error: any Error) {
        switch error {
        case ProtocolVersions.Refusal.host:
            self.init(
                .badRequest, "host", "The request names no host",
                "HTTP/1.1 takes one Host header, such as Host: localhost:8080")
        case ProtocolVersions.Refusal.version(let version):
            self.init(
                .httpVersionNotSupported, "http", "The version of HTTP is not spoken here",
                "it is \(version.major).\(version.minor); use HTTP/1.1")
        case HTTPParserError.headerOverflow:
            self.init(
                .requestHeaderFieldsTooLarge, "http", "The headers are too large",
                "one header may have \(AnnalsServer.longestHeader) bytes, all together \(AnnalsServer.longestHeaders), and "
                    + "there may be \(AnnalsServer.mostHeaders)")
        default:
            self.init(.badRequest, "http", "The request is not HTTP that can be read", "\(error)")
        }
    }

    /// What came of a body; `nil` for other errors.
    init?(body error: any Error) {
        switch error {
        case let slow as ConnectionGuard.BodyTooSlow:
            self.init(
                .requestTimeout, "slow-body", "The body did not come in time",
                "it must be there within \(slow.limit.nanoseconds / 1_000_000) milliseconds; send less at once, or lines "
                    + "(NDJSON) to /v1/events")
        case let unreadable as ConnectionGuard.BodyUnreadable: self.init(unreadable: unreadable.cause)
        default: return nil
        }
        headers[.connection] = "close"
    }
}
