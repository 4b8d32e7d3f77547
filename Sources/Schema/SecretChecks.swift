/// What services may ask about the secrets of a collection's documents, which leave by no read: whether a text fits one, and
/// whose a token is. Declared beside the collection; the doors make routes of it.
public struct SecretChecks: Sendable {
    /// What requests call a field.
    public struct Name: Sendable {
        public let name: String
        /// Dotted.
        public let field: String

        public init<Wrapped>(_ name: String, _ field: Field<Wrapped>) {
            self.name = name
            self.field = field.descriptor.name
        }
    }

    /// A token that leads to its document until a moment that stands beside it.
    public struct Lookup: Sendable {
        /// The last part of its route.
        public let name: String
        public let field: String
        public let expires: String

        public init<Wrapped, Expiry>(_ name: String, _ field: Field<Wrapped>, expires: Field<Expiry>) {
            self.name = name
            self.field = field.descriptor.name
            self.expires = expires.descriptor.name
        }
    }

    public let collection: String
    /// What requests call the document's `_id`.
    public let id: String
    /// Fields that name a document, too: each begins an index, and no two documents share a value.
    public let keys: [Name]
    public let secrets: [Name]
    public let lookups: [Lookup]

    public init(collection: String, id: String, keys: [Name], secrets: [Name], lookups: [Lookup]) {
        self.collection = collection
        self.id = id
        self.keys = keys
        self.secrets = secrets
        self.lookups = lookups
    }
}
