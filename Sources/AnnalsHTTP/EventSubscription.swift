internal import Annals
internal import BSON
internal import EventLog
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// A stream of what has positions, events or what they changed: those that are there, then those that come, without gap or
/// repetition (server-sent events).
///
/// One bounded page at a time is read, in one snapshot, and written out before the next: a client that reads slowly costs
/// one page of memory and no transaction. Each event's id is its position; a heartbeat's id is how far the stream has
/// looked, so that who comes back with it does not look again.
struct EventSubscription: Sendable {
    /// A page: whole messages, how far it has looked, and whether that is all there is.
    struct Page {
        var bytes: [UInt8] = []
        /// Of messages.
        var count = 0
        /// Events that were looked at.
        var examined: Int?
        var next: UInt64
        /// How far the views were.
        var position: UInt64
        var isComplete: Bool
    }

    /// Reads what comes after a position, in short snapshots.
    typealias Reader = (_ after: UInt64) throws -> Page

    private let store: Store
    private let start: UInt64
    /// Made anew for each stream: it may keep what it has read.
    private let makeReader: @Sendable () -> Reader
    private let options: StreamOptions
    private let measurements: Measurements
    private let channel: any Channel
    private let logger: Logger
    private let note: ReadNote?
    /// Whether the stream is still the one that counts; `nil` or why it ends.
    private let endReason: @Sendable () -> Problem?
    private static let pageEvents = 500
    private static let pageLimits = EventReadLimits(recordsExamined: 20_000, bytes: 256 << 10)

    init(
        _ store: Store, after start: UInt64, _ options: StreamOptions, _ measurements: Measurements,
        _ context: CallContext, endReason: @escaping @Sendable () -> Problem? = { nil },
        reader: @escaping @Sendable () -> Reader
    ) {
        self.store = store
        self.start = start
        self.options = options
        self.measurements = measurements
        self.endReason = endReason
        makeReader = reader
        channel = context.channel
        logger = context.logger
        note = context.note
    }

    /// Events of the log.
    init(
        _ store: Store, _ selection: EventSelection, _ options: StreamOptions, _ measurements: Measurements,
        _ context: CallContext,
        endReason: @escaping @Sendable () -> Problem? = { nil }
    ) {
        var query = selection.query
        query.limit = Self.pageEvents
        let (asked, style) = (query, selection.format.style)
        self.init(store, after: query.after, options, measurements, context, endReason: endReason) {
            { after in
                var query = asked
                query.after = after
                return try Self.events(query, style, store)
            }
        }
    }

    /// - Throws: there are as many streams as there may be.
    static func checkRoom(_ options: StreamOptions, _ measurements: Measurements) throws(Problem) {
        guard measurements.openStreams.load(ordering: .relaxed) < options.most else {
            throw Problem(
                .serviceUnavailable, "streams", "There are too many streams",
                "\(options.most) are open; try again later")
        }
    }

    /// - Throws: there are as many streams as there may be.
    func response() throws(Problem) -> Response {
        try Self.checkRoom(options, measurements)
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
        let read = makeReader()
        var after = start
        // At once, so that the client knows it is connected.
        try await write(Self.heartbeat(after), to: &writer, watch)
        while !Task.isCancelled, !Task.isShuttingDownGracefully, !store.isClosing {
            if let problem = endReason() { return try await write(Self.error(problem), to: &writer, watch) }
            let page: Page
            do {
                page = try read(after)
            } catch {
                logger.error("a stream of events failed", metadata: ["error": "\(error)"])
                return try await write(Self.error(Problem(reading: error)), to: &writer, watch)
            }
            // Before it is written: who takes most of it and goes has read it.
            note?.add(returned: page.count, examined: page.examined)
            if !page.bytes.isEmpty { try await write(page.bytes, to: &writer, watch) }
            measurements.page(events: page.count, behind: page.position - min(page.position, page.next))
            after = page.next
            guard page.isComplete else { continue }
            let (next, heartbeat) = (after + 1, options.heartbeat)
            let hasMore = await cancelWhenGracefulShutdown {
                await store.waitUntilVisible(next, within: heartbeat)
            }
            if !hasMore { try await write(Self.heartbeat(after), to: &writer, watch) }
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
    private static func events(_ query: EventQuery, _ style: JSON.Style, _ store: Store) throws -> Page {
        var bytes: [UInt8] = []
        var count = 0
        let page = try store.readEvents(query, limits: pageLimits) { record throws(StoreError) in
            message(record.position, try CloudEvent.document(of: record, store), style, into: &bytes)
            count += 1
            return true
        }
        return Page(
            bytes: bytes, count: count, examined: page.examined, next: page.next, position: page.position,
            isComplete: page.isComplete)
    }

    /// One message, its id the position.
    static func message(_ position: UInt64, _ data: Document, _ style: JSON.Style, into bytes: inout [UInt8]) {
        bytes += Array("id: \(position)\ndata: ".utf8)
        JSON.write(data, style: style, into: &bytes)
        bytes += [0x0A, 0x0A]
    }

    /// An id without data: no event to the client, but what it asks for when it comes back.
    private static func heartbeat(_ position: UInt64) -> [UInt8] { Array(": alive\nid: \(position)\n\n".utf8) }

    private static func error(_ problem: Problem) -> [UInt8] {
        Array("event: error\ndata: \(JSON.string(problem.document, style: .relaxed))\n\n".utf8)
    }
}
