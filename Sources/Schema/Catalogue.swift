public import BSON

/// All collections of a store and all event types they declare, resolved once at start.
public final class Catalogue: Sendable {
    /// A declaration that cannot stand: found at start, before anything is opened.
    public struct Invalid: Error, CustomStringConvertible {
        public let description: String
    }

    /// An event type with what admission and projection need.
    public struct EventType: Sendable {
        public let event: Event
        let tree: FieldTree
        let target: CollectionModel?
        /// The fields of what a patch changes; none for other events.
        public var patched: [FieldDescriptor] { event.shape == .patch ? target?.fields ?? [] : [] }
        /// The collections whose projectors follow it, by position in `collections`.
        public let followers: [Int]
        /// The collection that declares it.
        public let declaredBy: CollectionNumber
        /// What of the payload is about a person.
        let personal: PersonalFields
        /// What of the documents that a patch changes is.
        let personalOfTarget: PersonalFields
        /// Where the business id stands that the sequencer gives a number, if the type has one.
        public let numbered: NumberedField?
    }

    /// The business id of a new document that counts within a day.
    public struct NumberedField: Sendable {
        public let name: String
        public let collection: CollectionModel
        /// The unique index over it alone.
        public let index: Int
    }

    /// Of how many events that touch a document one leaves a version that is kept. Another interval makes other views.
    public static let standardVersionInterval: UInt32 = 1_000

    public let collections: [CollectionModel]
    /// Each so many events that touch a document, what it then is, is kept beside it.
    public let versionInterval: UInt32
    private let byName: [String: CollectionModel]
    private let byNumber: [CollectionModel?]
    private let types: [String: EventType]

    public init(
        _ declarations: [any Collection.Type], versionInterval: UInt32 = Catalogue.standardVersionInterval
    ) throws(Invalid) {
        guard versionInterval > 0 else { throw Invalid(description: "versions cannot be kept each 0 events") }
        self.versionInterval = versionInterval
        var versions: [EventName: UInt16] = [:]
        for declaration in declarations {
            for event in declaration.events { versions[event.name] = event.schemaVersion }
        }
        var models: [CollectionModel] = []
        for declaration in declarations { models.append(Self.model(declaration, versions, versionInterval)) }
        models.sort { $0.number < $1.number }
        var byName: [String: CollectionModel] = [:]
        var byNumber = [CollectionModel?](repeating: nil, count: Int(models.last?.number.rawValue ?? 0) + 1)
        for model in models {
            if let other = byNumber[Int(model.number.rawValue)] {
                throw Invalid(description: "\(model.name) and \(other.name) both have number \(model.number)")
            }
            if byName[model.name] != nil { throw Invalid(description: "two collections are named \(model.name)") }
            if let name = Self.personalArray(model.fields) {
                // What is pushed into it, or pulled, could not be told once it is erased.
                throw Invalid(
                    description: "\(model.name).\(name) is a personal array: mark what its elements hold instead")
            }
            if !model.personal.isEmpty, model.number.rawValue > UInt8.max {
                // `owned` has one byte for it, and an erasure goes by that.
                throw Invalid(
                    description: "\(model.name) holds what is personal, so that its number must be at most 255, "
                        + "not \(model.number)")
            }
            if model.trees.count > 63 {
                throw Invalid(description: "\(model.name) has more than 63 indexes and timers")
            }
            byNumber[Int(model.number.rawValue)] = model
            byName[model.name] = model
        }
        var types: [String: EventType] = [:]
        for model in models {
            for event in model.events {
                let name = event.name.description
                if event.name.entity == SystemEvents.entity {
                    throw Invalid(description: "\(model.name) declares \(name): such names are the store's own")
                }
                if types[name] != nil { throw Invalid(description: "\(name) is declared twice") }
                let followers = models.indices.filter { models[$0].follows.contains(event.name) }
                let target = event.target.flatMap { byName[$0.name] }
                types[name] = EventType(
                    event: event, tree: FieldTree(event.castPayload), target: target, followers: followers,
                    declaredBy: model.number,
                    personal: PersonalFields(event.castPayload, unique: model.uniqueNames),
                    personalOfTarget: target?.personal ?? PersonalFields([]),
                    numbered: try Self.numbered(event, target))
            }
        }
        try Self.addFormerNames(models, &types)
        for model in models {
            for case .timer(let timer) in model.trees where types[timer.event.description] == nil {
                throw Invalid(
                    description: "a timer of \(model.name) emits \(timer.event), which no collection declares")
            }
        }
        for model in models {
            for event in model.follows where types[event.description] == nil {
                throw Invalid(description: "\(model.name) follows \(event), which no collection declares")
            }
        }
        collections = models
        self.byName = byName
        self.byNumber = byNumber
        self.types = types
    }

    private static func personalArray(_ fields: [FieldDescriptor]) -> String? {
        fields.first { $0.kind.isArray && $0.privacy == .personal }?.name
    }

    private static func model<C: Collection>(
        _ collection: C.Type, _ versions: [EventName: UInt16], _ versionInterval: UInt32
    ) -> CollectionModel { CollectionModel(collection, versions, versionInterval: versionInterval) }

    private static func numbered(_ event: Event, _ target: CollectionModel?) throws(Invalid) -> NumberedField? {
        guard let target, event.shape == .creation, let field = event.payload.first(where: \.isNumbered) else {
            return nil
        }
        guard let index = target.uniqueIndex(combinedIdentity(0, fieldIdentity(field.name))), !field.name.contains(".")
        else {
            throw Invalid(
                description: "\(event.name) numbers \(field.name): that takes a unique index over it alone, at the top")
        }
        return NumberedField(name: field.name, collection: target, index: index)
    }

    /// Names that types had once, each an alias of what the type is now.
    private static func addFormerNames(_ models: [CollectionModel], _ types: inout [String: EventType]) throws(Invalid)
    {
        for model in models {
            for event in model.events {
                if let problem = event.upcastProblem { throw Invalid(description: problem) }
                for name in Set(event.upcasts.compactMap(\.formerName)) {
                    guard types[name] == nil else {
                        throw Invalid(
                            description: "\(event.name) was once named \(name), which another event is named, or was")
                    }
                    types[name] = types[event.name.description]
                }
            }
        }
    }

    public subscript(name: String) -> CollectionModel? { byName[name] }
    /// Where a collection stands in `collections`.
    package func place(of name: String) -> Int? {
        byName[name].map { model in collections.firstIndex { $0 === model } } ?? nil
    }
    public subscript(number: CollectionNumber) -> CollectionModel? {
        Int(number.rawValue) < byNumber.count ? byNumber[Int(number.rawValue)] : nil
    }
    public func type(_ name: String) -> EventType? { types[name] }
    /// All event types by name.
    public var eventTypes: [EventType] {
        types.filter { $0.key == $0.value.event.name.description }.values
            .sorted { $0.event.name.description < $1.event.name.description }
    }

    /// Casts, checks and completes the data of a request. Any thread; reads no view.
    public func admit(
        _ type: EventType, data: RawDocument, time: DateTime, source: String, id: String, secrets: SecretHashing,
        ids: IDSource
    ) throws(Refusals) -> Document {
        var admission = Admission(
            type.event, tree: type.tree, target: type.target, time: time, source: source, id: id, secrets: secrets,
            ids: ids)
        return try admission.admit(data)
    }
}
