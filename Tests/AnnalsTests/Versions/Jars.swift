import Annals
import BSON
import Schema

/// Jars that many events touch. What a jar says hangs on what its projector keeps beside it, and beside other jars.
enum Jars: Collection {
    static let name = "jars"
    static let number: CollectionNumber = 203
    static let summary = "A jar."

    struct Fields: FieldSet {
        let name = Field.string("name").required()
        let total = Field.integer("total")
        let members = Field.integer("members")
        let seen = Field.integer("seen")
        let note = Field.string("note").personal()
        init() {}
    }
    static let field = Fields()

    struct Payload: FieldSet {
        let jar = Field.objectID("jar").required()
        let other = Field.objectID("other")
        let member = Field.objectID("member")
        let by = Field.integer("by")
        let note = Field.string("note").personal()
        init() {}
    }
    static let payload = Payload()

    struct Resolved: FieldSet {
        let jar = Field.objectID("jar")
        init() {}
    }
    static let resolved = Resolved()

    /// Whom the notes on a jar are about.
    private static func owner(_ context: GuardContext) -> Person? {
        let jar = context.data[payload.jar.path]?.objectID
        context.resolve(resolved.jar, jar)
        return jar.map { Person(kind: 9, $0) }
    }

    static let indexes = [Index(field.total)]
    static let events: [Event] = [
        .creation("jar.made", Self.self, stream: "jars", key: field.name, "A jar is made."),
        .fact("jar.filled", payload, stream: "jars", key: payload.jar, "Somebody puts something in."),
        .fact("jar.poured", payload, stream: "jars", key: payload.jar, "Some of it goes into another."),
        .fact("jar.broken", payload, stream: "jars", key: payload.jar, "A jar goes."),
        .fact("jar.noted", payload, stream: "jars", key: payload.jar, "Somebody writes on it.", resolves: resolved) {
            context in
            if let owner = owner(context) { context.concerns(owner) }
        },
        .fact("jar.forgotten", payload, stream: "jars", key: payload.jar, "Who wrote on it is erased.") { context in
            if let owner = owner(context) { context.erase(owner, forGood: false) }
        },
    ]
    static let follows: [EventName] = ["jar.made", "jar.filled", "jar.poured", "jar.broken", "jar.noted"]

    static func apply(_ event: RecordedEvent, to jars: inout View<Self>) throws(Anomaly) {
        let by = event[payload.by] ?? 0
        switch event.type {
        case "jar.made":
            try jars.insert { jar in
                jar[field.total] = 0
                jar[field.members] = 0
            }
        case "jar.filled":
            try jars.update(event[payload.jar]) { jar in
                if let member = event[payload.member] {
                    if jar.remember("members", member) { jar.add(1, to: field.members) }
                    jar.count(by, "shares", member)
                }
                add(by, to: jar)
            }
        case "jar.poured":
            let seen = event[payload.other].flatMap { jars.find($0)?.kept("sum") }
            try jars.update(event[payload.jar]) { jar in
                jar[field.seen] = seen ?? -1
                add(-by, to: jar)
            }
            try jars.update(event[payload.other]) { add(by, to: $0) }
        case "jar.broken": try jars.remove(event[payload.jar])
        case "jar.noted": try jars.update(event[payload.jar]) { $0.take(field.note, from: event) }
        default: throw jars.unexpected()
        }
    }

    private static func add(_ amount: Int64, to jar: Draft<Self>) {
        let sum = (jar.kept("sum") ?? 0) + amount
        jar.keep("sum", sum)
        jar[field.total] = sum
    }
}

/// A store of jars, of which versions are kept each few events.
struct JarStore {
    static let interval: UInt32 = 8
    let directory: TestDirectory

    init(_ name: String = #function) { directory = TestDirectory(name) }

    func open(interval: UInt32 = JarStore.interval) throws -> Store {
        var options = StreamFixture.options()
        options.versionInterval = interval
        return try Store(directory: directory.path, collections: [Jars.self], options: options)
    }

    static func id(_ number: Int) -> ObjectID { ObjectID(seconds: 1_700_000_000, rest: UInt64(number)) }

    static func event(
        _ number: Int, _ type: String, _ jar: Int, other: Int? = nil, member: Int? = nil, by: Int64 = 1,
        note: String? = nil
    ) -> NewEvent {
        var data = Document()
        if type == "jar.made" {
            data.append("_id", .objectID(id(jar)))
            data.append("name", .string("jar \(jar)"))
        } else {
            data.append("jar", .objectID(id(jar)))
            data.append("by", .int64(by))
        }
        if let other { data.append("other", .objectID(id(other))) }
        if let member { data.append("member", .objectID(id(1_000 + member))) }
        if let note { data.append("note", .string(note)) }
        return NewEvent(id: "\(number)", source: "/jars", type: type, data: data)
    }

    static let jars = 4

    /// Few jars, much that touches them; now and then one goes and comes again, or whoever wrote on it is erased. Some events
    /// cannot be applied.
    static func random(_ count: Int, seed: UInt64) -> [NewEvent] {
        var random = SeededNumbers(seed: seed)
        var present: Set<Int> = []
        return (1...count).map { number in
            let jar = Int.random(in: 0..<jars, using: &random)
            let by = Int64.random(in: 1...9, using: &random)
            let kind = present.contains(jar) ? Int.random(in: 0..<200, using: &random) : 0
            switch kind {
            case 0..<6:
                present.insert(jar)
                return event(number, "jar.made", jar)
            case 6..<110:
                return event(number, "jar.filled", jar, member: Int.random(in: 0..<40, using: &random), by: by)
            case 110..<150:
                return event(number, "jar.poured", jar, other: Int.random(in: 0..<jars, using: &random), by: by)
            case 150..<152:
                present.remove(jar)
                return event(number, "jar.broken", jar)
            case 152..<155: return event(number, "jar.forgotten", jar)
            default: return event(number, "jar.noted", jar, note: "the secret of event \(number)")
            }
        }
    }
}
