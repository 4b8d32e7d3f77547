internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes
internal import Query
internal import Synchronization

/// Which clients have gone while long questions of theirs are answered: these end then, since nobody waits for them.
///
/// Who ends what it sends counts as gone, as with other servers: a socket that is closed looks the same.
final class Departures: Sendable {
    private struct State {
        var questions: [ObjectIdentifier: [QueryCancellation]] = [:]
        /// Connections that are half closed, and open still.
        var gone: Set<ObjectIdentifier> = []
    }

    private let state = Mutex(State())

    /// Gives `body` what tells that the connection has ended.
    func whileConnected<R>(
        _ channel: any Channel, _ body: (QueryCancellation) async throws -> R
    ) async rethrows -> R {
        let (cancellation, id) = (QueryCancellation(), ObjectIdentifier(channel))
        let isGone = state.withLock { state in
            state.questions[id, default: []].append(cancellation)
            return state.gone.contains(id)
        }
        // One that ends from here on tells it.
        if isGone || !channel.isActive { cancellation.cancel() }
        defer {
            state.withLock { state in
                state.questions[id]?.removeAll { $0 == cancellation }
                if state.questions[id]?.isEmpty == true { state.questions[id] = nil }
            }
        }
        return try await body(cancellation)
    }

    fileprivate func hasGone(_ channel: any Channel, isClosed: Bool) {
        let id = ObjectIdentifier(channel)
        let questions = state.withLock { state in
            // Another connection may come to have its identity.
            if isClosed { state.gone.remove(id) } else { state.gone.insert(id) }
            return state.questions[id] ?? []
        }
        for question in questions { question.cancel() }
    }

    /// One for each connection.
    func watch() -> some RemovableChannelHandler { DepartureWatch(departures: self) }
}

/// Tells when the other side of a connection sends nothing any more, or the connection has ended.
private final class DepartureWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let departures: Departures

    init(departures: Departures) { self.departures = departures }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { departures.hasGone(context.channel, isClosed: false) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        departures.hasGone(context.channel, isClosed: true)
        context.fireChannelInactive()
    }
}
