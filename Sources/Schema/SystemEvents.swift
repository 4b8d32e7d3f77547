public import BSON

/// Acts on the store itself, as events: `system.*`. No collection declares or follows one, and nobody appends one but the
/// store.
public enum SystemEvents {
    static let entity = "system"
    /// The stream in which they stand.
    static let stream = "system"

    /// The data of `anomalySkipped`.
    public struct AnomalySkipped: FieldSet {
        public let collection = Field.string("collection").required()
        /// The document that was held; none where the anomaly held nothing.
        public let document = Field.objectID("document")
        /// Of the event that is left out.
        public let position = Field.integer("position").required()
        public init() {}
    }
    public static let skipped = AnomalySkipped()

    /// An event that a projector cannot apply is left out of its view, and those that were held because of it are applied.
    public static let anomalySkipped = Catalogue.EventType(
        system: .fact(
            "system.anomalySkipped", skipped, stream: stream, key: skipped.collection,
            "An event that a view cannot apply is left out of it; what was held because of it is applied."))

    public static let types = [anomalySkipped]

    /// What an `anomalySkipped` says, as it stands in a record.
    public struct Skip: Sendable, Hashable {
        public let collection: String
        public let document: ObjectID?
        public let position: UInt64

        public init?(_ data: RawDocument) {
            guard let collection = data[skipped.collection.path]?.string,
                let position = data[skipped.position.path].flatMap({ Int64.read($0) }), position > 0
            else { return nil }
            self.collection = collection
            self.position = UInt64(position)
            document = data[skipped.document.path]?.objectID
        }
    }

    /// Whether a record of this type is an `anomalySkipped`.
    package static func isAnomalySkipped(_ name: UnsafeRawBufferPointer) -> Bool {
        name.elementsEqual(Self.anomalySkippedName.utf8)
    }

    package static let anomalySkippedName = "system.anomalySkipped"
}

extension Catalogue.EventType {
    init(system event: Event) {
        self.init(
            event: event, tree: FieldTree(event.castPayload), target: nil, followers: [], declaredBy: 0,
            personal: PersonalFields(event.castPayload, unique: []), personalOfTarget: PersonalFields([]), numbered: nil
        )
    }
}
