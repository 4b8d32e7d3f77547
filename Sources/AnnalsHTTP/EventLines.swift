internal import Annals
internal import BSON
internal import EventLog
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Events as lines of JSON, however many there are: read page by page, none held while the client reads the one before.
/// Goes to where the views were when it began.
struct EventLines: Sendable {
    private let store: Store
    private let query: EventQuery
    private let style: JSON.Style
    private let readLimit: Duration
    private let note: ReadNote?
    private let end: UInt64
    private static let pageEvents = 1_000

    init(_ store: Store, _ selection: EventSelection, _ readLimit: Duration, _ note: ReadNote?) {
        self.store = store
        self.readLimit = readLimit
        self.note = note
        style = selection.format.style
        end = store.visiblePosition
        var query = selection.query
        query.before = min(query.before, end &+ 1)
        self.query = query
    }

    func response() -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: AnswerForm.lines.rawValue, .annalsPosition: String(end), .vary: "accept",
            ],
            body: ResponseBody { writer in
                var query = query
                var left = query.limit
                while left > 0 {
                    query.limit = min(left, Self.pageEvents)
                    let (lines, count, page) = try read(query)
                    note?.add(returned: count, examined: page.examined)
                    if !lines.isEmpty { try await writer.write(ByteBuffer(bytes: lines)) }
                    if page.isComplete || Task.isCancelled { break }
                    left -= count
                    if query.order == .forward { query.after = page.next } else { query.before = page.next }
                }
                try await writer.finish(nil)
            })
    }

    /// One snapshot, and no `await`.
    private func read(_ query: EventQuery) throws -> (lines: [UInt8], count: Int, EventPage) {
        let deadline = ReadDeadline(readLimit)
        var lines: [UInt8] = []
        var count = 0
        let page = try store.readEvents(query) { record throws(StoreError) in
            JSON.write(try CloudEvent.document(of: record, store), style: style, into: &lines)
            lines.append(0x0A)
            count += 1
            return true
        }
        try deadline.check()
        return (lines, count, page)
    }
}
