internal import BSON
import Crypto

/// A collection as plain values: what the engine works on, whoever declared it.
public final class CollectionModel: Sendable {
    public let name: String
    public let number: CollectionNumber
    public let summary: String
    public let fields: [FieldDescriptor]
    public let indexes: [Index]
    /// The trees of keys that the engine keeps: declared indexes, by their place there, then timers.
    public let trees: [KeyTree]
    public let events: [Event]
    public let follows: [EventName]
    /// SHA-256 over fields, rules, indexes, projector version and key encoding: a view with another is rebuilt. Its first
    /// word counts the forms in which views are written: 2 since they have roots, 3 since versions of documents are kept.
    public let fingerprint: [UInt8]
    /// What of a document is about a person.
    public let personal: PersonalFields
    /// What of a document is neither personal nor secret.
    public let open: OpenFields
    /// The indexes, by ordinal, that hold what is about a person.
    public let personalIndexes: [Int]
    /// Fields that stand in a unique index.
    let uniqueNames: Set<String>
    let template: DocumentTemplate
    let idPath: FieldPath = "_id"
    let updatedAt: Field<DateTime>?

    private let project: @Sendable (RecordedEvent, any DocumentStorage, CollectionModel) throws(Anomaly) -> Void
    /// Field identity → the indexes it is part of.
    private let masks: [UInt64: UInt64]
    private let uniqueByIdentity: [UInt64: Int]
    public let uniqueMask: UInt64
    public let timerMask: UInt64

    /// - `versions`: of all event types there are; a new version of one that is followed makes a new fingerprint.
    /// - `versionInterval`: the catalogue's.
    public init<C: Collection>(
        _ collection: C.Type, _ versions: [EventName: UInt16] = [:],
        versionInterval: UInt32 = Catalogue.standardVersionInterval
    ) {
        name = C.name
        number = C.number
        summary = C.summary
        fields = C.field.descriptors
        indexes = C.indexes
        trees = C.indexes.map { .index($0) } + C.timers.map { .timer($0) }
        events = C.events
        follows = C.follows
        uniqueNames = Set(C.indexes.filter(\.isUnique).flatMap { $0.parts.map(\.name) })
        let personal = PersonalFields(fields, unique: uniqueNames)
        self.personal = personal
        open = OpenFields(fields)
        personalIndexes = C.indexes.indices.filter { ordinal in
            C.indexes[ordinal].parts.contains { personal.node(dotted: $0.name)?.isPersonal == true }
        }
        template = DocumentTemplate(fields)
        updatedAt =
            fields.contains { $0.name == "updatedAt" && $0.maintenance == .timestamp } ? .timestamp("updatedAt") : nil
        project = { event, storage, model throws(Anomaly) in
            var view = View<C>(storage, model, event)
            try C.apply(event, to: &view)
        }
        var masks: [UInt64: UInt64] = [:]
        var unique: [UInt64: Int] = [:]
        var uniqueMask: UInt64 = 0
        var timerMask: UInt64 = 0
        func watch(_ name: String, _ ordinal: Int) {
            // A field below an array or group also changes when its ancestors do.
            var prefix = ""
            for component in name.split(separator: ".") {
                prefix += (prefix.isEmpty ? "" : ".") + component
                masks[fieldIdentity(prefix), default: 0] |= 1 << UInt64(ordinal)
            }
        }
        for (ordinal, index) in C.indexes.enumerated() {
            for part in index.parts { watch(part.name, ordinal) }
            if index.isUnique {
                unique[index.identity] = ordinal
                uniqueMask |= 1 << UInt64(ordinal)
            }
        }
        for (place, timer) in C.timers.enumerated() {
            let ordinal = C.indexes.count + place
            timerMask |= 1 << UInt64(ordinal)
            for name in timer.watched { watch(name, ordinal) }
        }
        self.masks = masks
        self.timerMask = timerMask
        self.uniqueMask = uniqueMask
        uniqueByIdentity = unique
        fingerprint = Self.fingerprint(C.self, versions, versionInterval)
    }

    /// Applies one event to this collection's documents.
    public func apply(_ event: RecordedEvent, to storage: any DocumentStorage) throws(Anomaly) {
        try project(event, storage, self)
    }

    /// The indexes, one bit each, that a change of the field may touch.
    public func indexMask(of identity: UInt64) -> UInt64 { masks[identity] ?? 0 }

    /// The ordinal of the unique index over exactly these fields in this order.
    public func uniqueIndex(_ identity: UInt64) -> Int? { uniqueByIdentity[identity] }

    /// The ordinal of a declared index by its name.
    public func index(named name: String) -> Int? { indexes.firstIndex { $0.name == name } }

    private static func fingerprint<C: Collection>(
        _ collection: C.Type, _ versions: [EventName: UInt16], _ versionInterval: UInt32
    ) -> [UInt8] {
        var hash = SHA256()
        func add(_ text: String) { hash.update(data: Array(text.utf8) + [0]) }
        add("annals view 3")
        add("a version each \(versionInterval)")
        add(C.name)
        add(String(C.projectorVersion))
        for field in C.field.descriptors { add(field.canonicalText) }
        for index in C.indexes { add("\(index.name) unique=\(index.isUnique) sparse=\(index.isSparse)") }
        for timer in C.timers { add("due \(timer.event) watching \(timer.watched.joined(separator: ","))") }
        for event in C.follows.map({ "\($0) \(versions[$0] ?? 1)" }).sorted() { add(event) }
        return Array(hash.finalize())
    }
}

extension FieldDescriptor {
    /// Every property in a fixed order: what the fingerprint covers.
    var canonicalText: String {
        var text = "\(name):\(kind.name)"
        switch kind {
        case .array(let element): text += "[\(element.canonicalText)]"
        case .object(let fields): text += "{\(fields.map(\.canonicalText).joined(separator: ","))}"
        default: break
        }
        text += "|\(isRequired)|\(requiredWhen.map { "\($0.path)=\($0.equals)" } ?? "")|\(isLowercased)|\(isTrimmed)"
        text += "|\(allowed.joined(separator: ","))|\(minimum.map { "\($0)" } ?? "")|\(maximum.map { "\($0)" } ?? "")"
        text += "|\(maxLength.map { "\($0)" } ?? "")|\(minLength.map { "\($0)" } ?? "")"
        text += "|\(defaultValue.map { "\($0)" } ?? "")|\(reference ?? "")|\(privacy)|\(maintenance)"
        return text + "|\(format?.description ?? "")"
    }
}
