import BSON
import Schema
import Synchronization

/// Which events projectors stumble over, by the mark that an event carries; each test has marks of its own.
enum Faults {
    private static let marks = Mutex<Set<String>>([])

    static func add(_ mark: String) { marks.withLock { _ = $0.insert(mark) } }
    static func mend(_ mark: String) { marks.withLock { _ = $0.remove(mark) } }
    static func has(_ mark: String?) -> Bool { mark.map { mark in marks.withLock { $0.contains(mark) } } ?? false }
}

/// What both versions of the collection below declare.
enum BoxDeclaration {
    static let number: CollectionNumber = 201

    struct Fields: FieldSet {
        let name = Field.string("name").required()
        let weight = Field.integer("weight")
        let count = Field.integer("count")
        let note = Field.string("note").personal()
        init() {}
    }
    static let field = Fields()

    struct Payload: FieldSet {
        let box = Field.objectID("box").required()
        let other = Field.objectID("other")
        let by = Field.integer("by")
        let mark = Field.string("mark")
        let note = Field.string("note").personal()
        init() {}
    }
    static let payload = Payload()

    struct Resolved: FieldSet {
        let box = Field.objectID("box")
        init() {}
    }
    static let resolved = Resolved()

    /// Whom the notes on a box are about.
    private static func owner(_ context: GuardContext) -> Person? {
        let box = context.data[payload.box.path]?.objectID
        context.resolve(resolved.box, box)
        return box.map { Person(kind: 9, $0) }
    }

    static func events<C: Collection>(_ collection: C.Type) -> [Event] {
        [
            .creation(
                "box.made", collection, stream: "boxes", key: field.name, "A box is made.",
                payload: [payload.mark.descriptor]),
            .fact("box.weighed", payload, stream: "boxes", key: payload.box, "A box grows heavier."),
            .fact("box.poured", payload, stream: "boxes", key: payload.box, "One box is emptied into another."),
            .fact("box.broken", payload, stream: "boxes", key: payload.box, "A box goes."),
            .fact("box.lost", payload, stream: "boxes", key: payload.box, "Says of no box anything."),
            .fact(
                "box.noted", payload, stream: "boxes", key: payload.box, "Somebody writes on a box.",
                resolves: resolved
            ) { context in
                if let owner = owner(context) { context.concerns(owner) }
            },
            .fact("box.forgotten", payload, stream: "boxes", key: payload.box, "Who wrote on it is erased.") {
                context in
                if let owner = owner(context) { context.erase(owner, forGood: false) }
            },
        ]
    }

    static let follows: [EventName] = [
        "box.made", "box.weighed", "box.poured", "box.broken", "box.lost", "box.noted",
    ]

    static func apply<C: Collection>(
        _ event: RecordedEvent, to boxes: inout View<C>, stumbles: Bool
    ) throws(Anomaly) {
        let isFaulty = stumbles && Faults.has(event[payload.mark])
        func stumble() throws(Anomaly) {
            if isFaulty { throw Anomaly(number, "the scale broke under \(event[payload.by] ?? 0)") }
        }
        switch event.type {
        case "box.made":
            try boxes.insert { box throws(Anomaly) in
                box[field.weight] = 0
                box[field.count] = 0
                try stumble()
            }
        case "box.weighed":
            try boxes.update(event[payload.box]) { box throws(Anomaly) in
                box[field.weight] = (box[field.weight] ?? 0) + (event[payload.by] ?? 0)
                box[field.count] = (box[field.count] ?? 0) + 1
                if isFaulty { throw Anomaly(number, "the scale broke under \(box[field.note] ?? "a box")") }
            }
        case "box.poured":
            let by = event[payload.by] ?? 0
            try boxes.update(event[payload.box]) { box throws(Anomaly) in
                box[field.weight] = (box[field.weight] ?? 0) - by
            }
            try boxes.update(event[payload.other]) { box throws(Anomaly) in
                box[field.weight] = (box[field.weight] ?? 0) + by
                try stumble()
            }
        case "box.broken":
            try boxes.remove(event[payload.box])
            try stumble()
        case "box.lost": try stumble()
        case "box.noted":
            try boxes.update(event[payload.box]) { box throws(Anomaly) in
                box.take(field.note, from: event)
                if isFaulty { throw Anomaly(number, "nobody can read \(event[payload.note] ?? "")") }
            }
        default: throw boxes.unexpected()
        }
    }
}

/// Boxes as the first version of the program has them.
enum Boxes: Collection {
    static let name = "boxes"
    static let number = BoxDeclaration.number
    static let summary = "A box."
    static let field = BoxDeclaration.field
    static let indexes = [Index(field.name).unique(), Index(field.weight)]
    static let events = BoxDeclaration.events(Self.self)
    static let follows = BoxDeclaration.follows

    static func apply(_ event: RecordedEvent, to boxes: inout View<Self>) throws(Anomaly) {
        try BoxDeclaration.apply(event, to: &boxes, stumbles: false)
    }
}

/// Boxes as the next has them: its projector stumbles.
enum StrictBoxes: Collection {
    static let name = "boxes"
    static let number = BoxDeclaration.number
    static let summary = "A box."
    static let field = BoxDeclaration.field
    static let indexes = [Index(field.name).unique(), Index(field.weight)]
    static let events = BoxDeclaration.events(Self.self)
    static let follows = BoxDeclaration.follows
    static let projectorVersion = 2

    static func apply(_ event: RecordedEvent, to boxes: inout View<Self>) throws(Anomaly) {
        try BoxDeclaration.apply(event, to: &boxes, stumbles: true)
    }
}

/// Boxes of which no two may weigh the same, which the log knows nothing of.
enum UniqueBoxes: Collection {
    static let name = "boxes"
    static let number = BoxDeclaration.number
    static let summary = "A box."
    static let field = BoxDeclaration.field
    static let indexes = [Index(field.name).unique(), Index(field.weight).unique()]
    static let events = BoxDeclaration.events(Self.self)
    static let follows = BoxDeclaration.follows

    static func apply(_ event: RecordedEvent, to boxes: inout View<Self>) throws(Anomaly) {
        try BoxDeclaration.apply(event, to: &boxes, stumbles: false)
    }
}

/// Another view of the same events.
enum Weighings: Collection {
    static let name = "weighings"
    static let number: CollectionNumber = 202
    static let summary = "How often boxes were weighed, in one document."

    struct Fields: FieldSet {
        let count = Field.counter("count", by: "box.weighed")
        init() {}
    }
    static let field = Fields()
    static let indexes: [Index] = []
    static let events: [Event] = []
    static let follows: [EventName] = ["box.weighed"]
    static let all = ObjectID.natural("weighings", "all")

    static func apply(_ event: RecordedEvent, to weighings: inout View<Self>) throws(Anomaly) {
        let isFaulty = Faults.has(event[BoxDeclaration.payload.mark].map { $0 + " in all" })
        try weighings.adjustOrCreate(all, start: { _ throws(Anomaly) in }) { all throws(Anomaly) in
            if isFaulty { throw Anomaly(number, "nobody counts so far") }
            all.add(1, to: field.count)
        }
    }
}
