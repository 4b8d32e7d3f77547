internal import Annals
internal import BSON
internal import Hummingbird
internal import Query
internal import Schema
internal import Views

/// `POST /v1/collections/NAME/find`: one page of documents.
///
/// In the order of `_id`, the answer gives a cursor: the next page begins after the document that it names, in the views as
/// they are then, and no document is skipped or given twice. Other orders have `skip`.
struct CollectionFind {
    private let model: CollectionModel
    private let filter: Document
    private let sort: Document
    private let skip: Int
    private let limit: Int
    private let projection: Document
    private let hint: PlanHint?
    private let cursor: ObjectID?
    private let after: UInt64
    private let form: AnswerForm
    private let format: DocumentFormat
    static let standardLimit = 100
    static let highestLimit = 10_000

    init(_ model: CollectionModel, _ body: Document, _ request: Request) throws(Problem) {
        self.model = model
        var question = QueryRequest(
            body,
            known: ["filter", "sort", "skip", "limit", "projection", "hint", "cursor", "afterPosition"])
        filter = question.document("filter")
        sort = question.document("sort")
        skip = question.number("skip", within: 0...Int(Int32.max), or: 0)
        limit = question.number("limit", within: 1...Self.highestLimit, or: Self.standardLimit)
        projection = question.document("projection")
        hint = question.hint(model)
        cursor = question.cursor()
        after = question.position("afterPosition")
        try question.check()
        form = try AnswerForm.chosen(request, from: QueryAnswer.forms)
        format = try DocumentFormat(request)
        if cursor != nil, !isByID {
            throw Problem(
                .badRequest, "cursor", "Only pages in the order of _id have cursors",
                "leave the cursor out and use skip, or sort by {\"_id\":1} or {\"_id\":-1}")
        }
    }

    /// Whether the order is that of `_id`, so that a page can begin after a document.
    private var isByID: Bool { sort.isEmpty ? filter.isEmpty : sort.keys == ["_id"] }
    private var isBackward: Bool { sort["_id"] == -1 || sort["_id"] == .int64(-1) || sort["_id"] == .double(-1) }

    func run(_ routes: CollectionRoutes) async throws -> Response {
        try await routes.read(after: after) { snapshot, limits in
            var answer = QueryAnswer(form, format)
            let projection = try Projection(projection, model: model, limits: limits)
            var problem: Problem?
            var last: ObjectID?
            var hasMore = false
            // One more than asked for tells whether there are more.
            let find = try Find(
                model, filter: fromCursor, sort: isByID ? ["_id": isBackward ? -1 : 1] : sort, skip: skip,
                limit: limit + 1, hint: hint, limits: limits)
            try find.run(snapshot, limits: limits) { document throws(QueryError) in
                guard answer.count < limit else {
                    hasMore = true
                    return false
                }
                last = document.value(named: "_id")?.objectID
                if projection.isEverything {
                    problem = Self.add(document, to: &answer)
                } else {
                    problem = try projection.apply(document).withRaw { Self.add($0, to: &answer) }
                }
                return problem == nil
            }
            if let problem { throw problem }
            let next = isByID && hasMore ? last.map(\.description) : nil
            return answer.response(
                position: snapshot.position,
                members: ["more": .bool(hasMore), "cursor": next.map { .string($0) } ?? .null], cursor: next)
        }
    }

    private static func add(_ document: RawDocument, to answer: inout QueryAnswer) -> Problem? {
        do throws(Problem) {
            try answer.add(document)
            return nil
        } catch { return error }
    }

    private var fromCursor: Document {
        guard let cursor else { return filter }
        let bound: Document = ["_id": [isBackward ? "$lt" : "$gt": .objectID(cursor)]]
        return filter.isEmpty ? bound : ["$and": [.document(bound), .document(filter)]]
    }
}
