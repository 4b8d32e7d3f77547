internal import Schema

/// The collections that a pipeline may reach beside its own.
struct ReadableCollections: Sendable {
    private let catalogue: Catalogue
    private let mayRead: @Sendable (CollectionModel) -> Bool

    init(_ catalogue: Catalogue, _ mayRead: @escaping @Sendable (CollectionModel) -> Bool) {
        self.catalogue = catalogue
        self.mayRead = mayRead
    }

    /// - Throws: there is none of this name, or it may not be read.
    func model(_ name: String, at place: String) throws(QueryError) -> CollectionModel {
        guard let model = catalogue[name] else {
            throw QueryError(.badValue, at: place, "there is no collection \(name)", mend: "check its name")
        }
        guard mayRead(model) else {
            throw QueryError(.forbiddenCollection(name), at: place, "this query may not read the collection \(name)")
        }
        return model
    }
}
