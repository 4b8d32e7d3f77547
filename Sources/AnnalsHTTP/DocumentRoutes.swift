internal import Annals
internal import BSON
internal import Hummingbird
internal import LMDB
internal import Schema
internal import Views

/// Documents of the views.
struct DocumentRoutes {
    let store: Store
    let readLimit: Duration
    /// By collection, made once.
    private let secrets: [String: SecretFields]

    init(_ store: Store, readLimit: Duration) {
        self.store = store
        self.readLimit = readLimit
        secrets = Dictionary(uniqueKeysWithValues: store.catalogue.collections.map { ($0.name, SecretFields($0)) })
    }

    func add(to router: Router<CallContext>) {
        let (store, readLimit, secrets) = (store, readLimit, secrets)
        router.get("/v1/collections/{name}/{id}") { request, context in
            let deadline = ReadDeadline(readLimit)
            let name = try context.parameters.require("name")
            let id = try context.parameters.require("id")
            if request.uri.queryParameters["asOf"] != nil {
                let model = try Self.model(name, context.caller, store)
                return try await PastDocument(model, id, request, store).response(context.note)
            }
            let response = try Self.get(
                name, secrets[name], context.caller, id, style: try DocumentFormat(request).style, from: store)
            try deadline.check()
            context.note?.add(returned: 1, examined: 1)
            return response
        }
    }

    static func model(_ name: String, _ caller: Caller, _ store: Store) throws(Problem) -> CollectionModel {
        guard let model = store.catalogue[name] else {
            throw Problem(.notFound, "no-collection", "No such collection", "there is no collection \(name)")
        }
        try caller.require(.read(name))
        return model
    }

    static func objectID(_ id: String) throws(Problem) -> ObjectID {
        guard let objectID = ObjectID(hex: id) else {
            throw Problem(.badRequest, "bad-id", "No document has such an id", "\(id) is not 24 hexadecimal digits")
        }
        return objectID
    }

    private static func get(
        _ name: String, _ secrets: SecretFields?, _ caller: Caller, _ id: String, style: JSON.Style, from store: Store
    ) throws -> Response {
        let model = try model(name, caller, store)
        let objectID = try objectID(id)
        let snapshot = try store.snapshot()
        guard let document = try snapshot.document(model, id: objectID) else {
            throw Problem(.notFound, "no-document", "No such document", "\(name) has no document \(id)")
        }
        guard let secrets, secrets.isEmpty else {
            return .json(
                .ok, SecretFields(model).removed(from: document), style: style, position: snapshot.position)
        }
        // As it lies in the views.
        return .json(.ok, document, style: style, position: snapshot.position)
    }
}
