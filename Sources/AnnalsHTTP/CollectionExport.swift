internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Query
internal import Synchronization

/// All documents that a find admits, as lines or a table, however many: page by page, each of a snapshot of its own, none
/// read while the client takes the one before.
///
/// What fails before the first byte is a problem. What fails later, a consistent export whose collection changes for
/// instance, ends the connection without the body's end, so that nobody takes the part for the whole.
struct CollectionExport: Sendable {
    private let find: CollectionFind
    private let routes: CollectionRoutes
    private let context: CallContext
    private static let pageDocuments = 5_000

    init(_ find: CollectionFind, _ routes: CollectionRoutes, _ context: CallContext) {
        self.find = find
        self.routes = routes
        self.context = context
    }

    func response(after cursor: FindCursor?, at position: UInt64) async throws -> Response {
        guard routes.measurements.openExports.load(ordering: .relaxed) < routes.streams.mostExports else {
            throw Problem(
                .serviceUnavailable, "exports", "There are too many exports",
                "\(routes.streams.mostExports) are on their way; try again later, or ask for pages")
        }
        var first = try await page([], after: cursor, at: position)
        guard let next = first.next else { return first.answer.response(position: first.position) }
        var columns: [String] = []
        if find.form == .csv {
            columns = try await self.columns(first.answer.columns, after: next)
            first.answer.addColumns(columns)
        }
        let begun = first.answer.taken(withHeader: true)
        return Response(
            status: .ok,
            headers: [
                .contentType: find.form.rawValue, .annalsPosition: String(first.position), .vary: "accept",
            ],
            body: ResponseBody { [columns] writer in
                routes.measurements.openExports.add(1, ordering: .relaxed)
                defer { routes.measurements.openExports.subtract(1, ordering: .relaxed) }
                let watch = WriteWatch(
                    context.channel, limit: routes.streams.writeLimit, routes.measurements, context.logger)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await watch.run() }
                    defer { group.cancelAll() }
                    try await write(begun, to: &writer, watch)
                    try await writeRest(columns, after: next, to: &writer, watch)
                }
                try await writer.finish(nil)
            })
    }

    private func page(_ columns: [String], after cursor: FindCursor?, at position: UInt64 = 0) async throws
        -> CollectionFind.Page
    {
        try await find.page(
            QueryAnswer(find.form, find.format, columns: columns), Self.pageDocuments, after: cursor, at: position,
            routes, context)
    }

    /// A table's head comes first, and names every path that any document has.
    private func columns(_ first: [String], after start: FindCursor) async throws -> [String] {
        var (columns, cursor): ([String], FindCursor?) = (first, start)
        while let here = cursor {
            let page = try await page(columns, after: here)
            (columns, cursor) = (page.answer.columns, page.next)
        }
        return columns
    }

    private func writeRest(
        _ columns: [String], after start: FindCursor, to writer: inout any ResponseBodyWriter, _ watch: WriteWatch
    ) async throws {
        var cursor: FindCursor? = start
        while let here = cursor, !Task.isCancelled {
            let page: CollectionFind.Page
            do {
                page = try await self.page(columns, after: here)
                guard page.answer.columns.count == columns.count else {
                    throw Problem(
                        .conflict, "columns", "A document has a path that the table's head does not name",
                        "documents changed while the table was written: ask for it with consistent")
                }
            } catch {
                context.logger.notice("an export breaks off", metadata: ["reason": "\(error)"])
                throw error
            }
            cursor = page.next
            try await write(page.answer.taken(withHeader: false), to: &writer, watch)
        }
    }

    private func write(_ bytes: [UInt8], to writer: inout any ResponseBodyWriter, _ watch: WriteWatch) async throws {
        guard !bytes.isEmpty else { return }
        watch.begin()
        defer { watch.end() }
        try await writer.write(ByteBuffer(bytes: bytes))
    }
}
