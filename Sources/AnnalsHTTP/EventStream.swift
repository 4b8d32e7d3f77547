internal import Annals
internal import AsyncAlgorithms
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Schema
internal import ServiceLifecycle

/// NDJSON: each line is a request of its own, appended as it arrives; the answers are lines in the same order, each sent
/// as soon as it and those before it are known.
struct EventStream: Sendable {
    let store: Store
    let terms: AppendTerms
    let caller: Caller
    static let types: Set<String> = ["application/x-ndjson", "application/ndjson", "application/jsonl"]

    /// Whether a request is one.
    static func isOne(_ head: HTTPRequest) -> Bool {
        guard head.method == .post else { return false }
        let type = head.headerFields[.contentType]?.split(separator: ";").first?.lowercased() ?? ""
        return head.path.map { RequestTarget.path($0) } == "/v1/events" && types.contains(type.filter { $0 != " " })
    }

    /// The longest line.
    static let longestLine = 1 << 20
    /// Groups of lines whose answers may be outstanding; a client that does not read stops being read.
    static let groups = 8
    /// Lines of a group: their answers, many times as long as short lines, go out together.
    static let groupLines = 512

    /// The server was told to stop: what was read is answered, and the connection ends.
    struct Stopped: Error {}

    func response(to request: Request) -> Response {
        let body = request.body
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                let channel = AsyncChannel<LineAnswers>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { channel.finish() }
                        try await read(body.cancelOnGracefulShutdown(), into: channel)
                    }
                    for await answers in channel.buffer(policy: .bounded(Self.groups)) {
                        try await writer.write(ByteBuffer(bytes: await answers.all()))
                    }
                    try await group.waitForAll()
                }
                try await writer.finish(nil)
                // Else the rest of the body would be read, without end.
                if Task.isShuttingDownGracefully { throw Stopped() }
            })
    }

    private func read(
        _ body: some AsyncSequence<ByteBuffer, any Error>, into channel: AsyncChannel<LineAnswers>
    ) async throws {
        var lines = Lines()
        var next = 0
        for try await piece in body {
            let complete = lines.add(piece.readableBytesView)
            for start in stride(from: 0, to: complete.count, by: Self.groupLines) {
                let group = complete[start..<min(start + Self.groupLines, complete.count)]
                await channel.send(await submit(group, &next))
            }
            if lines.isTooLong {
                // Where its end is cannot be told without reading on for ever.
                let answers = LineAnswers(count: 1)
                let problem = Problem(
                    tooLarge: "a line has more than \(Self.longestLine) bytes; what follows it is not read",
                    title: "The line is too long")
                answers.set(0, line(next, problem.document))
                return await channel.send(answers)
            }
        }
        if let last = lines.rest { await channel.send(await submit([last], &next)) }
    }

    /// Submits lines in their order, none waiting for another's answer, so that they share commits. Where the queue is
    /// full, this waits.
    private func submit(_ lines: ArraySlice<[UInt8]>, _ next: inout Int) async -> LineAnswers {
        let answers = LineAnswers(count: lines.count)
        var parser = JSON.Parser(limits: JSON.Limits(maxBytes: Self.longestLine))
        for (place, text) in lines.enumerated() {
            let index = next
            next += 1
            var sent = Document()
            do {
                let object = try text.withUnsafeBytes { try parser.parse($0, extended: true) }
                sent = terms.identified(object, place: index)
                let event = try sent.withRaw { try CloudEvent.parse($0) }
                try caller.require(appending: event, store.catalogue)
                let events = try terms.applied(to: [event])
                let asSent = sent
                await store.submitWhenRoom(events, principal: caller.principal, isHistory: terms.isHistory) { result in
                    if terms.parks, case .failure(let error) = result {
                        Task { answers.set(place, line(index, await parked(asSent, error))) }
                    } else {
                        answers.set(place, line(index, Self.answer(result, of: events)))
                    }
                }
            } catch let error as JSONError {
                answers.set(place, line(index, Problem(error).document))
            } catch let error as Refusals {
                answers.set(place, line(index, await refused(sent, error)))
            } catch let problem as Problem {
                answers.set(place, line(index, problem.document))
            } catch {
                answers.set(place, line(index, ["status": 500, "detail": .string("\(error)")]))
            }
        }
        return answers
    }

    /// What is no event, and is kept aside where the request asks for that.
    private func refused(_ object: Document, _ refusals: Refusals) async -> Document {
        guard terms.parks else { return Problem([(0, refusals)]).document }
        do throws(Problem) { return try await Parking(store, terms, caller).park(unreadable: object, refusals) } catch {
            return error.document
        }
    }

    private func parked(_ event: Document, _ error: AppendError) async -> Document {
        do throws(Problem) {
            return try await Parking(store, terms, caller).park(event, error) ?? Problem(error).document
        } catch { return error.document }
    }

    private static func answer(_ result: Result<[Receipt], AppendError>, of events: [NewEvent]) -> Document {
        switch result {
        case .success(let receipts): receipts.first?.document ?? Document()
        case .failure(let error): Problem(error, of: events).document
        }
    }

    private func line(_ index: Int, _ answer: Document) -> [UInt8] {
        var whole: Document = ["line": .int64(Int64(index))]
        for (name, value) in answer.pairs { whole.append(name, value) }
        var bytes: [UInt8] = []
        JSON.write(whole, style: .relaxed, into: &bytes)
        bytes.append(0x0A)
        return bytes
    }

    /// Cuts pieces of a body into lines that are not empty.
    private struct Lines {
        private var kept: [UInt8] = []
        private(set) var isTooLong = false

        mutating func add(_ piece: ByteBufferView) -> [[UInt8]] {
            var complete: [[UInt8]] = []
            var start = piece.startIndex
            while let end = piece[start...].firstIndex(of: 0x0A) {
                kept.append(contentsOf: piece[start..<end])
                start = end + 1
                if kept.last == 0x0D { kept.removeLast() }
                if kept.count > EventStream.longestLine {
                    isTooLong = true
                    return complete
                }
                if !kept.isEmpty { complete.append(kept) }
                kept.removeAll(keepingCapacity: true)
            }
            kept.append(contentsOf: piece[start...])
            isTooLong = kept.count > EventStream.longestLine
            return complete
        }

        /// A last line without its end.
        var rest: [UInt8]? { kept.isEmpty ? nil : kept }
    }
}
