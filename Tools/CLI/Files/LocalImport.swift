import Annals
import BSON
import Dispatch
import Foundation
import Schema
import Synchronization

/// Lines into a store of this process.
struct LocalImport {
    let store: Store
    let progress: Progress
    /// Unanswered lines at once; a long one counts as several, one for each KiB. The queue before the sequencer takes more
    /// than this.
    var window = Self.usualWindow
    static let usualWindow = 20_000
    /// Lines of one request where the first refusal stops the import.
    static let stoppingBatch = 1_000

    /// Each line is a request of its own; refused ones are counted and the rest goes on.
    func skippingRefused(_ lines: LineReader) throws -> ImportReport {
        let tally = Tally(window: window)
        let start = Date()
        var parser = JSON.Parser()
        try lines.forEachLine { line, number, read in
            guard store.stopReason == nil else { return false }
            let places = tally.take(line.count)
            do {
                let event = try Self.event(line, &parser)
                let type = event.type
                store.submit([event], isHistory: true) { tally.answered($0, places, type: type, line: number) }
            } catch {
                tally.unreadable(error, places, line: number)
            }
            if number % 256 == 0 { show(number, read, lines, since: start) }
            return true
        }
        var report = tally.finish()
        if let reason = store.stopReason { throw Failure(.inputOutput, reason) }
        report.seconds = Date().timeIntervalSince(start)
        report.position = store.position
        return report
    }

    /// Stops at the first refusal: nothing that comes after it in the file is appended.
    func stoppingAtRefusal(_ lines: LineReader) throws -> ImportReport {
        var report = ImportReport()
        let start = Date()
        var parser = JSON.Parser()
        var batch: [(event: NewEvent, line: Int)] = []
        var unreadable: (error: any Error, line: Int)?
        try lines.forEachLine { line, number, read in
            do {
                batch.append((try Self.event(line, &parser), number))
            } catch {
                unreadable = (error, number)
                return false
            }
            guard batch.count == Self.stoppingBatch else { return true }
            show(number, read, lines, since: start)
            return append(&batch, &report)
        }
        if report.refused == 0, append(&batch, &report), let unreadable {
            report.refuse(unreadable.error, unreadable.line)
        }
        if let reason = store.stopReason { throw Failure(.inputOutput, reason) }
        report.seconds = Date().timeIntervalSince(start)
        report.position = store.position
        return report
    }

    /// Appends what was gathered, up to the first event that is refused; false where one was.
    private func append(_ batch: inout [(event: NewEvent, line: Int)], _ report: inout ImportReport) -> Bool {
        defer { batch.removeAll(keepingCapacity: true) }
        guard !batch.isEmpty else { return true }
        let result = appended(batch.map(\.event))
        guard case .failure(let error) = result else {
            report.add(result, type: "", line: 0)
            return true
        }
        // The request was all or nothing: what came before the bad one is sent again without it.
        for (event, line) in batch {
            let result = appended([event])
            report.add(result, type: event.type, line: line)
            if case .failure = result { return false }
        }
        // One by one, all were accepted: then the request as a whole was at fault, by its size.
        _ = error
        return true
    }

    private func appended(_ events: [NewEvent]) -> Result<[Receipt], AppendError> {
        let answer = Mutex<Result<[Receipt], AppendError>?>(nil)
        let done = DispatchSemaphore(value: 0)
        store.submit(events, isHistory: true) { result in
            answer.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        return answer.withLock { $0 } ?? .failure(.stopped("no answer came"))
    }

    private static func event(_ line: UnsafeRawBufferPointer, _ parser: inout JSON.Parser) throws -> NewEvent {
        try parser.parse(line, extended: true).withRaw { try CloudEvent.parse($0) }
    }

    private func show(_ number: Int, _ read: Int, _ lines: LineReader, since start: Date) {
        progress.show(
            {
                let seconds = Date().timeIntervalSince(start)
                let share = lines.byteCount > 0 ? "\(min(100, read * 100 / lines.byteCount)) %, " : ""
                return "\(share)\(Figure.grouped(number)) lines, \(Figure.grouped(Int(Double(number) / seconds)))/s"
            }())
    }

    /// What came of the lines so far. Answers come on one thread.
    private final class Tally: Sendable {
        private let report = Mutex(ImportReport())
        private let window: DispatchSemaphore
        private let size: Int

        init(window size: Int) {
            self.size = size
            // A semaphore must not end below the value it began with.
            window = DispatchSemaphore(value: 0)
            for _ in 0..<size { window.signal() }
        }

        /// Waits until there is room for a line; returns the places it takes. One thread alone takes.
        func take(_ byteCount: Int) -> Int {
            let places = min(size, max(1, byteCount / 1_024))
            for _ in 0..<places { window.wait() }
            return places
        }

        private func leave(_ places: Int) { for _ in 0..<places { window.signal() } }

        func answered(_ result: Result<[Receipt], AppendError>, _ places: Int, type: String, line: Int) {
            report.withLock { $0.add(result, type: type, line: line) }
            leave(places)
        }

        func unreadable(_ error: any Error, _ places: Int, line: Int) {
            report.withLock { $0.refuse(error, line) }
            leave(places)
        }

        /// Waits for all answers.
        func finish() -> ImportReport {
            for _ in 0..<size { window.wait() }
            return report.withLock { $0 }
        }
    }
}

extension ImportReport {
    /// A line that is no event.
    mutating func refuse(_ error: any Error, _ line: Int) {
        switch error {
        case let error as JSONError: refuse("line: syntax", line: line, "\(error)")
        case let error as Refusals: refuse(Self.reason(error), line: line, Self.text(error))
        default: refuse("line: unreadable", line: line, "\(error)")
        }
    }
}
