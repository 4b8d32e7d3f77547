import Schema

/// A collection whose next version cannot apply all that the first one could.
enum JarDeclaration {
    struct Fields: FieldSet {
        let label = Field.string("label").required()
        let level = Field.integer("level")
        init() {}
    }
    static let field = Fields()

    struct Filled: FieldSet {
        let jar = Field.objectID("jar").required()
        let by = Field.integer("by").required()
        init() {}
    }
    static let filled = Filled()

    static func events<C: Collection>(_ collection: C.Type) -> [Event] {
        [
            .creation("jar.made", collection, stream: "jars", key: field.label, "A jar is made."),
            .fact("jar.filled", filled, stream: "jars", key: filled.jar, "Something is put into a jar."),
        ]
    }

    static func apply<C: Collection>(_ event: RecordedEvent, to jars: inout View<C>, most: Int64) throws(Anomaly) {
        switch event.type {
        case "jar.made": try jars.insert { $0[field.level] = 0 }
        case "jar.filled":
            try jars.update(event[filled.jar]) { jar throws(Anomaly) in
                let by = event[filled.by] ?? 0
                if by > most { throw Anomaly(C.number, "a jar takes \(most) at once") }
                jar[field.level] = (jar[field.level] ?? 0) + by
            }
        default: throw jars.unexpected()
        }
    }
}

enum Jars: Collection {
    static let name = "jars"
    static let number: CollectionNumber = 900
    static let summary = "A jar."
    static let field = JarDeclaration.field
    static let indexes = [Index(field.label).unique()]
    static let events = JarDeclaration.events(Self.self)
    static let follows: [EventName] = ["jar.made", "jar.filled"]
    static func apply(_ event: RecordedEvent, to jars: inout View<Self>) throws(Anomaly) {
        try JarDeclaration.apply(event, to: &jars, most: 100)
    }
}

enum SmallJars: Collection {
    static let name = "jars"
    static let number: CollectionNumber = 900
    static let summary = "A jar."
    static let field = JarDeclaration.field
    static let indexes = [Index(field.label).unique()]
    static let events = JarDeclaration.events(Self.self)
    static let follows: [EventName] = ["jar.made", "jar.filled"]
    static let projectorVersion = 2
    static func apply(_ event: RecordedEvent, to jars: inout View<Self>) throws(Anomaly) {
        try JarDeclaration.apply(event, to: &jars, most: 10)
    }
}
