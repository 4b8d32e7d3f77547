internal import Annals
internal import BSON
internal import Hummingbird
internal import Query
internal import Schema
internal import Views

/// `POST /v1/collections/NAME/find`: a page of documents, or all of them as lines or a table.
///
/// A page that leaves some gives a cursor, in any order. The next request sends it with the same question; `limit`,
/// `afterPosition` and the form may differ. The server keeps nothing: documents that change between two pages may come
/// twice or not at all. With `"consistent":true` the pages are of one position, or refused (410).
struct CollectionFind: Sendable {
    let model: CollectionModel
    let find: Find
    let isConsistent: Bool
    let form: AnswerForm
    let format: DocumentFormat
    /// Documents of a page; `nil` where none were named.
    private let limit: Int?
    private let after: UInt64
    private let cursor: String?
    /// As of when; `nil` for the views as they are.
    private let moment: PastMoment?
    private let terms: QuestionTerms
    /// What a cursor is bound to.
    private let question: [UInt8]
    static let standardLimit = 100
    static let highestLimit = 10_000

    init(_ model: CollectionModel, _ body: Document, _ request: Request) throws(Problem) {
        self.model = model
        var question = QueryRequest(
            body, known: Set(QuestionMember.find))
        let (filter, sort) = (question.document("filter"), question.document("sort"))
        let projection = question.document("projection")
        let skip = question.number("skip", within: 0...Int(Int32.max), or: 0)
        let limit = question.number("limit", within: 1...Self.highestLimit, or: 0)
        self.limit = limit == 0 ? nil : limit
        let hint = question.hint()
        cursor = question.text("cursor")
        isConsistent = question.flag("consistent")
        after = question.position("afterPosition")
        moment = question.moment()
        terms = question.terms()
        try question.check()
        form = try AnswerForm.chosen(request, from: QueryAnswer.forms)
        format = try DocumentFormat(request)
        do throws(QueryError) {
            find = try Find(model, filter: filter, sort: sort, skip: skip, projection: projection, hint: hint)
        } catch { throw Problem(error) }
        var whole: Document = [
            "collection": .string(model.name), "declared": .binary(0, model.fingerprint),
            "filter": .document(filter), "sort": .document(sort), "projection": .document(projection),
            "skip": .int64(Int64(skip)), "hint": .string(hint.map { "\($0)" } ?? ""),
            "consistent": .bool(isConsistent),
        ]
        if let moment { whole.append("asOf", .string("\(moment)")) }
        self.question = whole.bytes
    }

    /// Lines and tables without a limit are of all documents.
    private var isExport: Bool { form != .json && limit == nil }

    func run(_ routes: CollectionRoutes, _ context: CallContext) async throws -> Response {
        let cursor = try cursor.map { (text) throws(Problem) in
            try SealedCursor(text, question, routes.store).cursor
        }
        if isExport {
            return try await CollectionExport(self, routes, context).response(after: cursor, at: after)
        }
        let page = try await page(
            QueryAnswer(form, format), limit ?? Self.standardLimit, after: cursor, at: after, routes, context)
        let next = page.next.map { SealedCursor($0, question, routes.store).text }
        let members: Document = ["more": .bool(next != nil), "cursor": next.map { .string($0) } ?? .null]
        return page.answer.response(
            position: page.position, members: members + (past?.members(page.position, routes.store) ?? [:]),
            cursor: next)
    }

    private var past: PastQuestion? { moment.map { PastQuestion(moment: $0, models: [model]) } }

    /// Documents of one snapshot, and what to go on with.
    struct Page: Sendable {
        var answer: QueryAnswer
        let next: FindCursor?
        let position: UInt64
    }

    /// The next documents, at most so many, fewer where the answer is long enough: in one snapshot, given up at the end.
    func page(
        _ answer: QueryAnswer, _ limit: Int, after cursor: FindCursor?, at position: UInt64 = 0,
        _ routes: CollectionRoutes, _ context: CallContext
    ) async throws -> Page {
        // Further pages are of the first one's position, though a time may mean a later one by now.
        let past = cursor?.position.flatMap { position in
            moment.map { _ in PastQuestion(moment: .position(position), models: [model]) }
        }
        let before = answer.count
        let page = try await routes.read(
            "find", model, terms, context, after: position, asOf: past ?? self.past,
            looksAtMuch: limit > CollectionRoutes.mostAtOnce
        ) {
            snapshot, limits, examined in
            var answer = answer
            var problem: Problem?
            let next = try find.batch(
                limit, after: cursor, snapshot, isConsistent: isConsistent || moment != nil, limits: limits,
                report: { examined = $0.documentsExamined }
            ) { document throws(QueryError) in
                do throws(Problem) { try answer.add(document) } catch { problem = error }
                return problem == nil && !answer.isLong
            }
            if let problem { throw problem }
            return Page(answer: answer, next: next, position: cursor?.position ?? snapshot.position)
        }
        context.note?.add(returned: page.answer.count - before)
        return page
    }
}
