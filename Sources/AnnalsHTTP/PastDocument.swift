internal import Annals
internal import BSON
internal import Hummingbird
internal import Schema
internal import Views

/// `GET /v1/collections/NAME/ID?asOf=`: a document as it was, folded from the events that touched it.
struct PastDocument {
    private let store: Store
    private let model: CollectionModel
    private let id: ObjectID
    private let moment: PastMoment?
    private let format: DocumentFormat
    /// Events of one answer, those of documents that projectors look at among them: half a second.
    static let mostEvents = 50_000

    init(_ model: CollectionModel, _ id: String, _ request: Request, _ store: Store) throws(Problem) {
        self.store = store
        self.model = model
        self.id = try DocumentRoutes.objectID(id)
        var parameters = QueryParameters(request, known: PastQuestion.parameters.union(["format"]))
        format = parameters.word("format", or: .relaxed)
        moment = parameters.moment()
        try parameters.check()
    }

    func response(_ note: ReadNote?) async throws -> Response {
        guard let moment else { throw Problem(.badRequest, "as-of", "It is not said as of when", "name asOf") }
        let position = try await PastQuestion.position(moment, store)
        let document: Document?
        do throws(StoreError) {
            document = try store.history.document(model, id: id, asOf: position, mostEvents: Self.mostEvents)
        } catch { throw Problem(refolding: error) }
        guard let document else {
            throw Problem(
                .notFound, "no-document", "No such document", "\(model.name) had no document \(id) at \(position)")
        }
        note?.add(returned: 1, examined: 1)
        let visible = document.withRaw { SecretFields(model).removed(from: $0) }
        return .json(.ok, visible, style: format.style, position: position)
    }
}

extension Problem {
    /// What stopped the folding of single documents.
    init(refolding error: StoreError) {
        if case .replay(.stopped) = error {
            self.init(
                .unprocessableContent, "query-limit", "The question costs too much",
                "more than \(PastDocument.mostEvents) events touched the document; ask the directory itself, without a server"
            )
        } else {
            self.init(reading: error)
        }
    }
}
