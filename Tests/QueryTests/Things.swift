import BSON
import Schema

/// A collection with one index of every sort that queries care about.
enum Things: Collection {
    static let name = "things"
    static let number: CollectionNumber = 1
    static let summary = "What queries are tried on."

    struct Part: FieldSet {
        let kind = Field.string("kind")
        let size = Field.number("size")
    }

    struct Fields: FieldSet {
        let status = Field.string("status").oneOf("new", "active", "done")
        let rank = Field.number("rank")
        let title = Field.string("title")
        let code = Field.string("code").required()
        let email = Field.string("email")
        let tags = Field.strings("tags")
        let owner = Field.reference("owner", to: "things")
        let flag = Field.boolean("flag")
        let level = Field.integer("inner.level")
        let parts = Field.objects("parts", of: Part())
        let anything = Field.mixed("anything")
        let password = Field.string("password").password(atLeast: 1)
        let codes = Field.strings("security.codes").tokens()
        let hint = Field.string("security.hint")
        let createdAt = Field.timestamp("createdAt")
    }
    static let field = Fields()

    static let indexes = [
        Index(field.status, field.createdAt.descending),
        Index(field.rank),
        Index(field.rank.descending, field.title),
        Index(field.title),
        Index(field.code).unique(),
        Index(field.email).unique().sparse(),
        Index(field.tags, field.rank),
        Index(field.parts.member("kind"), field.parts.member("size")),
        Index(field.owner, field.status),
        Index(field.createdAt.descending),
        Index(field.anything.descending),
        Index(field.level, field.tags),
    ]
    static let events: [Event] = []
    static let follows: [EventName] = []

    static func apply(_ event: RecordedEvent, to view: inout View<Things>) throws(Anomaly) { throw view.unexpected() }
}
