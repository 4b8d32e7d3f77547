internal import Annals
internal import BSON
internal import EventLog
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// A stream of events: those that are there, then those that come, without gap or repetition (server-sent events).
///
/// One bounded page at a time is read, in one snapshot, and written out before the next: a client that reads slowly costs
/// one page of memory and no transaction. Each event's id is its position; a heartbeat's id is how far the stream has
/// looked, so that who comes back with it does not look again.
struct EventSubscription: Sendable {
    private let store: Store
    private let query: EventQuery
    private let style: JSON.Style
    private let options: StreamOptions
    private let measurements: Measurements
    private let channel: any Channel
    private let logger: Logger
    /// Whether the stream is still the one that counts; `nil` or why it ends.
    private let endReason: @Sendable () -> Problem?
    private static let pageEvents = 500
    private static let pageLimits = EventReadLimits(recordsExamined: 20_000, bytes: 256 << 10)

    init(
        _ store: Store, _ selection: EventSelection, _ options: StreamOptions, _ measurements: Measurements,
        _ context: CallContext,
        endReason: @escaping @Sendable () -> Problem? = { nil }
    ) {
        self.store = store
        self.options = options
        self.measurements = measurements
        self.endReason = endReason
        style = selection.format.style
        channel = context.channel
        logger = context.logger
        var query = selection.query
        query.limit = Self.pageEvents
        self.query = query
    }

    /// - Throws: there are as many streams as there may be.
    func response() throws(Problem) -> Response {
        guard measurements.openStreams.load(ordering: .relaxed) < options.most else {
            throw Problem(
                .serviceUnavailable, "streams", "There are too many streams",
                "\(options.most) are open; try again later")
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: AnswerForm.stream.rawValue, .cacheControl: "no-store", .vary: "accept",
                .annalsPosition: String(store.visiblePosition),
            ],
            body: ResponseBody { writer in
                measurements.openStreams.add(1, ordering: .relaxed)
                defer { measurements.openStreams.subtract(1, ordering: .relaxed) }
                let watch = WriteWatch(channel, limit: options.writeLimit, measurements, logger)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await watch.run() }
                    defer { group.cancelAll() }
                    try await send(to: &writer, watch)
                }
                try await writer.finish(nil)
            })
    }

    private func send(to writer: inout any ResponseBodyWriter, _ watch: WriteWatch) async throws {
        var query = query
        // At once, so that the client knows it is connected.
        try await write(Self.heartbeat(query.after), to: &writer, watch)
        while !Task.isCancelled, !Task.isShuttingDownGracefully, !store.isClosing {
            if let problem = endReason() { return try await write(Self.error(problem), to: &writer, watch) }
            let (bytes, count, page): ([UInt8], Int, EventPage)
            do {
                (bytes, count, page) = try read(query)
            } catch {
                logger.error("a stream of events failed", metadata: ["error": "\(error)"])
                return try await write(Self.error(Problem(reading: error)), to: &writer, watch)
            }
            if !bytes.isEmpty { try await write(bytes, to: &writer, watch) }
            measurements.page(events: count, behind: page.position - min(page.position, page.next))
            query.after = page.next
            guard page.isComplete else { continue }
            let (next, heartbeat) = (query.after + 1, options.heartbeat)
            let hasMore = await cancelWhenGracefulShutdown {
                await store.waitUntilVisible(next, within: heartbeat)
            }
            if !hasMore { try await write(Self.heartbeat(query.after), to: &writer, watch) }
        }
    }

    private func write(
        _ bytes: [UInt8], to writer: inout any ResponseBodyWriter, _ watch: WriteWatch
    ) async throws {
        watch.begin()
        defer { watch.end() }
        try await writer.write(ByteBuffer(bytes: bytes))
    }

    /// One snapshot, and no `await`.
    private func read(_ query: EventQuery) throws -> ([UInt8], count: Int, EventPage) {
        var bytes: [UInt8] = []
        var count = 0
        let page = try store.readEvents(query, limits: Self.pageLimits) { record throws(StoreError) in
            bytes += Array("id: \(record.position)\ndata: ".utf8)
            JSON.write(try CloudEvent.document(of: record, store), style: style, into: &bytes)
            bytes += [0x0A, 0x0A]
            count += 1
            return true
        }
        return (bytes, count, page)
    }

    /// An id without data: no event to the client, but what it asks for when it comes back.
    private static func heartbeat(_ position: UInt64) -> [UInt8] { Array(": alive\nid: \(position)\n\n".utf8) }

    private static func error(_ problem: Problem) -> [UInt8] {
        Array("event: error\ndata: \(JSON.string(problem.document, style: .relaxed))\n\n".utf8)
    }
}
