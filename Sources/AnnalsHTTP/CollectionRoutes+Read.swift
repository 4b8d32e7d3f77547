internal import Annals
internal import Hummingbird
internal import Query
internal import Schema
internal import Tracing
internal import Views

/// On which snapshot a question is answered, and on which thread.
extension CollectionRoutes {
    /// Runs `body` on one snapshot, at `after` or later, or as of a moment; measured and traced as `question`, with the
    /// documents that it says were looked at. No `await` inside, and no longer than a read may take.
    ///
    /// A question that turns out to look at much begins anew on a thread for such: `body` may run twice. `looksAtMuch`: it
    /// will. Where its client goes meanwhile, it ends.
    func read<R: Sendable>(
        _ question: String, _ model: CollectionModel, _ terms: QuestionTerms, _ context: CallContext, after: UInt64,
        asOf past: PastQuestion? = nil, looksAtMuch: Bool = false, _ body: @escaping Body<R>
    ) async throws -> R {
        let limit = min(readLimit, terms.most ?? readLimit)
        return try await inSpan("query") { span in
            span.attributes["annals.question"] = question
            span.attributes["annals.collection"] = model.name
            if let comment = terms.comment { span.attributes["annals.comment"] = comment }
            guard await store.waitUntilVisible(after, within: waitLimit) else {
                var problem = Problem(
                    .serviceUnavailable, "behind", "The views do not hold it yet",
                    "they are at \(store.visiblePosition), and position \(after) did not come within \(waitLimit)")
                problem.more = [("position", .int64(Int64(clamping: store.visiblePosition)))]
                throw problem
            }
            var answer: (R, examined: Int?)?
            if let past {
                let position = try await PastQuestion.position(past.moment, store)
                span.attributes["annals.as_of"] = Int(clamping: position)
                if position == store.visiblePosition {
                    answer = try await self.answer(question, limit, looksAtMuch, context, at: position, body) {
                        try store.snapshot()
                    }
                }
                if answer == nil {
                    let set = try await past.set(position, store, within: waitLimit)
                    answer = try await self.answer(question, limit, looksAtMuch, context, body) { try set.snapshot() }
                }
            } else {
                answer = try await self.answer(question, limit, looksAtMuch, context, body) { try store.snapshot() }
            }
            guard let answer else {
                throw Problem(.internalServerError, "internal", "The request failed", "no snapshot")
            }
            span.attributes["annals.documents_examined"] = answer.examined
            context.note?.add(examined: answer.examined)
            return answer.0
        }
    }

    typealias Body<R> = @Sendable (borrowing ViewSnapshot, QueryLimits, _ examined: inout Int?) throws -> R

    /// `nil`: the snapshot is not of the position that is asked for.
    private func answer<R: Sendable>(
        _ question: String, _ limit: Duration, _ looksAtMuch: Bool, _ context: CallContext,
        at position: UInt64? = nil, _ body: @escaping Body<R>,
        _ open: @escaping @Sendable () throws -> ViewSnapshot
    ) async throws -> (R, examined: Int?)? {
        let start = ContinuousClock.now
        var examined: Int?
        defer { measurements.question(question, taken: start.duration(to: .now), documents: examined) }
        if !looksAtMuch {
            let limits = QueryLimits(
                documentsExamined: Self.mostAtOnce, keysExamined: 4 * Self.mostAtOnce,
                milliseconds: min(20, Int(limit / .milliseconds(1))))
            do {
                return try readNow(limits, limit, try open(), position, &examined, body).map { ($0, examined) }
            } catch let problem as Problem {
                switch problem.exceeded {
                // It takes longer than the threads that all requests share have to give.
                case .documentsExamined?, .keysExamined?, .milliseconds?: break
                default: throw problem
                }
            }
        }
        let answer: (R, examined: Int?)? = try await departures.whileConnected(context.channel) { cancellation in
            try await threads.run {
                // While it waited for a thread, its client may have gone.
                if cancellation.isCancelled { throw Problem(gone: "it was not begun") }
                var examined: Int?
                let limits = QueryLimits(
                    milliseconds: Int(limit / .milliseconds(1)), threads: availableCores,
                    cancellation: cancellation)
                return try readNow(limits, limit, try open(), position, &examined, body).map { ($0, examined) }
            }
        }
        examined = answer?.examined
        return answer
    }

    private func readNow<R>(
        _ limits: QueryLimits, _ limit: Duration, _ snapshot: consuming ViewSnapshot, _ position: UInt64?,
        _ examined: inout Int?, _ body: Body<R>
    ) throws -> R? {
        if let position, snapshot.position != position { return nil }
        let deadline = ReadDeadline(limit)
        let result: R
        do {
            result = try body(snapshot, limits, &examined)
        } catch let error as QueryError {
            throw Problem(error)
        }
        try deadline.check()
        return result
    }
}
