public import BSON
public import Schema

extension EventName {
    public static let commentAdded: EventName = "comment.added"
    public static let commentChanged: EventName = "comment.changed"
    public static let commentEdited: EventName = "comment.edited"
    public static let commentHidden: EventName = "comment.hidden"
    public static let commentDeleted: EventName = "comment.deleted"
    public static let commentRestored: EventName = "comment.restored"
    public static let commentPurged: EventName = "comment.purged"
}

/// Comments on posts, and replies to comments, at most five levels below the first.
public enum CommunityComments: Collection {
    public static let name = "communitycomments"
    public static let number: CollectionNumber = 11
    public static let summary = "A comment on a post or a reply to a comment, with its likes and active replies."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let commentID = Field.string("commentId").required().generated(prefix: "comment_")
            .changed(by: "comment.added")
        public let postID = Field.string("postId").required().changed(by: "comment.added")
        public let authorID = Field.reference("authorId", to: "users").required().changed(by: "comment.added")
        public let parentCommentID = Field.string("parentCommentId").changed(by: "comment.added")
        public let content = Field.string("content").required().personal().changed(by: "comment.edited")
        public let isEdited = Field.boolean("isEdited").defaulting(to: false).changed(by: "comment.edited")
        public let editedAt = Field.date("editedAt").changed(by: "comment.edited")
        public let likes = Field.counter("likes", by: "like.added, like.removed")
        /// Active ones, directly below this comment.
        public let replies = Field.counter(
            "replies", by: "comment.added, comment.hidden, comment.deleted, comment.restored, comment.purged")
        /// 0 for a comment on the post itself.
        public let depth = Field.integer("depth").within(0...5).defaulting(to: 0).derived(by: "comment.added")
        public let status = Field.string("status").oneOf("active", "deleted", "hidden").defaulting(to: "active")
            .changed(by: "comment.hidden, comment.deleted, comment.restored")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.commentID).unique(),
        Index(field.postID, field.createdAt),
        Index(field.authorID, field.createdAt.descending),
        Index(field.parentCommentID),
        Index(field.depth),
        Index(field.status),
        Index(field.postID),
    ]

    // MARK: What may happen

    public struct Added: FieldSet {
        public let status = Field.string("status").oneOf("active").defaulting(to: "active")
        public init() {}
    }
    public static let added = Added()

    public struct Edited: FieldSet {
        public let commentID = Field.string("commentId").required()
        public let content = Field.string("content").required().personal()
        public init() {}
    }
    public static let edited = Edited()

    /// A fact about a comment that needs nothing but its name.
    public struct Named: FieldSet {
        public let commentID = Field.string("commentId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let comment = Field.objectID("comment")
        /// The author.
        public let user = Field.objectID("user")
        public let userSince = Users.userSince
        /// Absent where the post was purged meanwhile.
        public let post = Field.objectID("post")
        /// Absent for a comment on the post itself, or where the parent was purged meanwhile.
        public let parent = Field.objectID("parent")
        public let depth = Field.integer("depth")
        public let wasStatus = Field.string("was.status")
        /// When the comment was added: the day that counted it.
        public let wasCreatedAt = Field.date("was.createdAt")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .commentAdded, Self.self, stream: "posts", key: field.postID, "Somebody comments on a post or replies.",
            payload: added.descriptors, resolves: resolved, guard: add),
        Event.patch(
            .commentChanged, Self.self, stream: "posts", key: field.commentID,
            "What no other event of comments changes.", resolves: resolved
        ) { context in
            if let comment = known(context) { refuse(unless: ["active"], comment, context) }
        },
        Event.fact(
            .commentEdited, edited, stream: "posts", key: edited.commentID, "What a comment says changes.",
            resolves: resolved
        ) { context in
            if let comment = known(context) { refuse(unless: ["active"], comment, context) }
        },
        move(.commentHidden, from: ["active"], "A moderator hides a comment."),
        move(.commentDeleted, from: ["active", "hidden"], "A comment is taken down. Its replies stay."),
        move(.commentRestored, from: ["hidden", "deleted"], "A hidden or deleted comment is shown again."),
        move(.commentPurged, from: ["active", "hidden", "deleted"], "A comment is removed. Its replies stay."),
    ]

    private static func move(_ name: EventName, from statuses: [String], _ summary: String) -> Event {
        .fact(name, named, stream: "posts", key: named.commentID, summary, resolves: resolved) { context in
            if let comment = known(context) { refuse(unless: statuses, comment, context) }
        }
    }

    private static func add(_ context: GuardContext) {
        context.resolve(resolved.comment, context.documentID)
        context.resolveOwner(resolved.user, context.require(Users.self, field.authorID)?.id)
        context.resolveUserSince(context[field.authorID])
        if let post = context.require(CommunityPosts.self, CommunityPosts.field.postID, by: field.postID) {
            context.resolve(resolved.post, post.id)
            let status = post[CommunityPosts.field.status] ?? "published"
            if status != "published" {
                context.refuse(.state, field.postID, "the post is \(status); only a published one takes comments")
            }
        }
        reply(context)
        guard let commentID = context[field.commentID] else { return }
        // The replies to a purged comment stay: they must not become those to another one.
        context.scan(Self.self, index: "parentCommentId_1", field.parentCommentID, commentID) { _ in
            context.refuse(.unique, field.commentID, "a purged comment had this commentId; give another one")
            return false
        }
    }

    /// Resolves the parent and the depth below it.
    private static func reply(_ context: GuardContext) {
        guard context[field.parentCommentID] != nil else { return context.resolve(resolved.depth, 0) }
        guard let parent = context.require(Self.self, field.commentID, by: field.parentCommentID) else { return }
        context.resolve(resolved.parent, parent.id)
        let depth = parent.count(field.depth) + 1
        context.resolve(resolved.depth, depth)
        if depth > 5 {
            context.refuse(
                .depth, field.parentCommentID,
                "the reply would be \(depth) levels deep, at most 5 are kept; reply to a comment further up")
        }
        if parent[field.postID] != context[field.postID] {
            context.refuse(.condition, field.parentCommentID, "the parent is a comment on another post")
        }
        let status = parent[field.status] ?? "active"
        if status != "active" {
            context.refuse(.state, field.parentCommentID, "the parent is \(status); only an active one takes replies")
        }
    }

    /// The comment that the event names, with the documents that count it.
    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let comment = context.require(Self.self, field.commentID, by: named.commentID) else { return nil }
        context.resolve(resolved.comment, comment.id)
        context.resolveOwner(resolved.user, comment[field.authorID])
        if let postID = comment[field.postID] {
            context.resolve(
                resolved.post, context.find(CommunityPosts.self, (CommunityPosts.field.postID, postID))?.id)
        }
        if let parentID = comment[field.parentCommentID] {
            context.resolve(resolved.parent, context.find(Self.self, (field.commentID, parentID))?.id)
        }
        context.resolve(resolved.wasStatus, comment[field.status])
        context.resolve(resolved.wasCreatedAt, comment[field.createdAt])
        return comment
    }

    private static func refuse(unless statuses: [String], _ comment: Existing<Self>, _ context: GuardContext) {
        let status = comment[field.status] ?? "active"
        if !statuses.contains(status) {
            context.refuse(
                .state, field.commentID,
                "the comment is \(status); \(context.type) is for one that is \(statuses.joined(separator: " or "))")
        }
    }

    // MARK: What follows

    public static let follows: [EventName] = [
        .commentAdded, .commentChanged, .commentEdited, .commentHidden, .commentDeleted, .commentRestored,
        .commentPurged, .likeAdded,
        .likeRemoved,
    ]

    public static func apply(_ event: RecordedEvent, to comments: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .commentAdded:
            try comments.insert { $0[field.depth] = event.resolved(resolved.depth) }
            try countReply(event, &comments)
        case .commentChanged: try comments.patch(event.resolved(resolved.comment))
        case .commentEdited:
            try comments.update(event.resolved(resolved.comment)) { comment in
                comment.take(field.content, from: event, edited.content)
                comment[field.isEdited] = true
                comment.raise(field.editedAt, to: event.time)
            }
        case .commentHidden: try move(to: "hidden", event, &comments)
        case .commentDeleted: try move(to: "deleted", event, &comments)
        case .commentRestored: try move(to: "active", event, &comments)
        case .commentPurged:
            try comments.remove(event.resolved(resolved.comment))
            try countReply(event, &comments)
        case .likeAdded, .likeRemoved:
            // Absent where a post was liked, or the comment was purged meanwhile.
            guard let id = event.resolved(CommunityLikes.resolved.comment) else { return }
            let change = CommunityLikes.change(of: event)
            try comments.adjust(id) { $0.add(change, to: field.likes) }
        default: throw comments.unexpected()
        }
    }

    private static func move(to status: String, _ event: RecordedEvent, _ comments: inout View<Self>) throws(Anomaly) {
        try comments.update(event.resolved(resolved.comment)) { $0[field.status] = status }
        try countReply(event, &comments)
    }

    private static func countReply(_ event: RecordedEvent, _ comments: inout View<Self>) throws(Anomaly) {
        guard let parent = event.resolved(resolved.parent) else { return }
        let change = activeChange(of: event)
        try comments.adjust(parent) { $0.add(change, to: field.replies) }
    }

    /// By how much the event changes a count of active comments: each is counted once, whatever was done to it.
    static func activeChange(of event: RecordedEvent) -> Int64 {
        switch event.type {
        case .commentAdded, .commentRestored: 1
        case .commentHidden, .commentDeleted, .commentPurged: event.resolved(resolved.wasStatus) == "active" ? -1 : 0
        default: 0
        }
    }
}
