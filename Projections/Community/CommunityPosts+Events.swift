public import BSON
public import Schema

// What may happen to a post.
extension CommunityPosts {
    /// Where a draft is published, its title and content stand unless they are revised.
    public struct Published: FieldSet {
        public let title = Field.string("title").atMost(200).personal()
        public let content = Field.string("content").personal()
        public let status = Field.string("status").oneOf("published").defaulting(to: "published")
        public init() {}
    }
    public static let published = Published()

    public struct Drafted: FieldSet {
        public let status = Field.string("status").oneOf("draft").defaulting(to: "draft")
        public let publishedAt = Field.date("publishedAt")
        public init() {}
    }
    public static let drafted = Drafted()

    public struct Edited: FieldSet {
        public let postID = Field.string("postId").required()
        public let title = Field.string("title").atMost(200).personal()
        public let content = Field.string("content").personal()
        public let wordCount = Field.integer("metadata.wordCount")
        public let readingTime = Field.integer("metadata.readingTime")
        public init() {}
    }
    public static let edited = Edited()

    /// A fact about a post that needs nothing but its name.
    public struct Named: FieldSet {
        public let postID = Field.string("postId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Read: FieldSet {
        public let postID = Field.string("postId").required()
        /// The reader, where known.
        public let userID = Field.reference("userId", to: "users")
        public init() {}
    }
    public static let read = Read()

    public struct Resolved: FieldSet {
        public let post = Field.objectID("post")
        /// The author.
        public let user = Field.objectID("user")
        public let userSince = Users.userSince
        /// Of the text, which is kept sealed: in clear, so that they survive it.
        public let wordCount = Field.integer("wordCount")
        public let readingTime = Field.integer("readingTime")
        public let wasStatus = Field.string("was.status")
        /// When the post was published: the day that counted it. Absent for a draft.
        public let wasPublishedAt = Field.date("was.publishedAt")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .postDrafted, Self.self, stream: "posts", key: field.postID, "A post is written and not yet shown.",
            payload: drafted.descriptors, resolves: resolved, guard: draft),
        Event.creation(
            .postPublished, Self.self, stream: "posts", key: field.postID,
            "A new post is shown, or a draft, with title and content revised where they are given.",
            payload: published.descriptors, mayExist: true, resolves: resolved, guard: publish),
        Event.fact(
            .postEdited, edited, stream: "posts", key: edited.postID, "Title or content of a post change.",
            resolves: resolved, guard: edit),
        Event.patch(
            .postChanged, Self.self, stream: "posts", key: field.postID,
            "Category, type, tags or attachments of a post change.", resolves: resolved
        ) { context in
            if let post = known(context) { refuse(unless: ["draft", "published"], post, context) }
        },
        mark(.postPinned, field.isPinned, true, "A published post is pinned to the top."),
        mark(.postUnpinned, field.isPinned, false, "A pinned post takes its place among the others again."),
        mark(.postFeatured, field.isFeatured, true, "A published post is featured."),
        mark(.postUnfeatured, field.isFeatured, false, "A post is featured no longer."),
        move(.postArchived, from: ["draft", "published"], "A post is put away for good: no more comments or likes."),
        move(
            .postDeleted, from: ["draft", "published", "archived"],
            "A post is hidden from readers. Its comments and likes stay."),
        move(.postRestored, from: ["deleted"], "A deleted post is shown again, or is the draft again that it was."),
        move(.postPurged, from: ["deleted"], "A deleted post is removed. Its comments and likes stay."),
        reading(.postViewed, "Somebody looks at a published post."),
        reading(.postShared, "Somebody passes a published post on."),
    ]

    private static func mark(_ name: EventName, _ flag: Field<Bool>, _ value: Bool, _ summary: String) -> Event {
        .fact(name, named, stream: "posts", key: named.postID, summary, resolves: resolved) { context in
            guard let post = known(context) else { return }
            refuse(unless: ["published"], post, context)
            if (post[flag] ?? false) == value {
                context.refuse(.state, field.postID, "\(flag.descriptor.name) of the post is \(value) already")
            }
        }
    }

    private static func move(_ name: EventName, from statuses: [String], _ summary: String) -> Event {
        .fact(name, named, stream: "posts", key: named.postID, summary, resolves: resolved) { context in
            if let post = known(context) { refuse(unless: statuses, post, context) }
        }
    }

    private static func reading(_ name: EventName, _ summary: String) -> Event {
        .fact(name, read, stream: "posts", key: read.postID, summary, resolves: resolved) { context in
            _ = context.require(Users.self, read.userID)
            if let post = known(context) { refuse(unless: ["published"], post, context) }
        }
    }

    // MARK: Guards

    private static func draft(_ context: GuardContext) {
        begin(context)
    }

    private static func publish(_ context: GuardContext) {
        if let postID = context[field.postID], let draft = context.find(Self.self, (field.postID, postID)) {
            publish(draft, context)
            context.resolveUserSince(draft[field.authorID])
        } else {
            context.requireUnique(Self.self)
            requireText(published.title, isNew: true, context)
            requireText(published.content, isNew: true, context)
            begin(context)
            context.resolveUserSince(context[field.authorID])
        }
    }

    /// A post that was not there before.
    private static func begin(_ context: GuardContext) {
        context.resolve(resolved.post, context.documentID)
        context.resolveOwner(resolved.user, context.require(Users.self, field.authorID)?.id)
        resolveLength(context)
        guard let postID = context[field.postID] else { return }
        // The comments of a purged post stay: they must not become those of another one.
        context.scan(
            CommunityComments.self, index: "postId_1_createdAt_1", CommunityComments.field.postID, postID
        ) { _ in
            context.refuse(.unique, field.postID, "a purged post had this postId; give another one")
            return false
        }
    }

    private static func publish(_ draft: Existing<Self>, _ context: GuardContext) {
        resolve(draft, context)
        refuse(unless: ["draft"], draft, context)
        _ = context.require(Users.self, field.authorID)
        if let author = context[field.authorID], author != draft[field.authorID] {
            context.refuse(.condition, field.authorID, "the draft is by another author")
        }
        requireText(published.title, isNew: false, context)
        requireText(published.content, isNew: false, context)
        resolveLength(context)
        // Admission filled in defaults; only what differs from them and from the draft was meant.
        if let category = context[field.category], category != "general", category != draft[field.category] {
            context.refuse(.elsewhere, field.category, "of a draft is changed by post.changed")
        }
        if let type = context[field.type], type != "discussion", type != draft[field.type] {
            context.refuse(.elsewhere, field.type, "of a draft is changed by post.changed")
        }
        if let tags = context[field.tags], tags != .array([]), tags != draft[field.tags] {
            context.refuse(.elsewhere, field.tags, "of a draft are changed by post.changed")
        }
        if let attachments = context[field.attachments], attachments != .array([]) {
            context.refuse(.elsewhere, field.attachments, "of a draft are changed by post.changed")
        }
    }

    private static func edit(_ context: GuardContext) {
        if context.data[edited.title.path] == nil, context.data[edited.content.path] == nil {
            context.refuse(.required, edited.content, "an edit needs title or content")
        }
        requireText(edited.title, isNew: false, context)
        requireText(edited.content, isNew: false, context)
        resolveLength(context)
        if let post = known(context) { refuse(unless: ["draft", "published"], post, context) }
    }

    /// The post that the event names.
    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let post = context.require(Self.self, field.postID, by: named.postID) else { return nil }
        resolve(post, context)
        return post
    }

    private static func resolve(_ post: Existing<Self>, _ context: GuardContext) {
        context.resolve(resolved.post, post.id)
        context.resolveOwner(resolved.user, post[field.authorID])
        context.resolve(resolved.wasStatus, post[field.status])
        context.resolve(resolved.wasPublishedAt, post[field.publishedAt])
    }

    private static func refuse(unless statuses: [String], _ post: Existing<Self>, _ context: GuardContext) {
        let status = post[field.status] ?? "published"
        if !statuses.contains(status) {
            context.refuse(
                .state, field.postID,
                "the post is \(status); \(context.type) is for one that is \(statuses.joined(separator: " or "))")
        }
    }

    /// Title and content may be left out of an event about a post that has them, never taken away.
    private static func requireText(_ text: Field<String>, isNew: Bool, _ context: GuardContext) {
        let value = context.data[text.path]
        if value == nil ? isNew : value?.utf8?.isEmpty ?? true {
            context.refuse(.required, text, "is required")
        }
    }

    private static func resolveLength(_ context: GuardContext) {
        context.requireWhole(field.wordCount)
        context.requireWhole(field.readingTime)
        guard let words = context[field.wordCount] ?? context[field.content].map({ wordCount($0) }) else { return }
        context.resolve(resolved.wordCount, words)
        context.resolve(resolved.readingTime, context[field.readingTime] ?? minutes(words: words))
    }

    // MARK: Length

    /// The runs of anything but white space.
    static func wordCount(_ text: String) -> Int64 {
        var count: Int64 = 0
        var isInWord = false
        for scalar in text.unicodeScalars {
            let isSpace =
                scalar.value < 0x80
                ? scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
            if !isSpace, !isInWord { count += 1 }
            isInWord = !isSpace
        }
        return count
    }

    /// At 200 words a minute, rounded, at least one.
    static func minutes(words: Int64) -> Int64 { max(1, words / 200 + (words % 200 >= 100 ? 1 : 0)) }
}
