public import BSON
public import Schema

extension EventName {
    public static let likeAdded: EventName = "like.added"
    public static let likeRemoved: EventName = "like.removed"
}

/// Who likes which post or comment, once each.
public enum CommunityLikes: Collection {
    public static let name = "communitylikes"
    public static let number: CollectionNumber = 12
    public static let summary = "One user's like of one post or comment."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let userID = Field.reference("userId", to: "users").required()
        public let targetType = Field.string("targetType").required().oneOf("post", "comment")
        /// A postId or commentId.
        public let targetID = Field.string("targetId").required()
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.userID, field.targetType, field.targetID).unique(),
        Index(field.targetType, field.targetID),
        Index(field.createdAt.descending),
    ]

    // MARK: What may happen

    public struct Removed: FieldSet {
        public let userID = Field.reference("userId", to: "users").required()
        public let targetType = Field.string("targetType").required().oneOf("post", "comment")
        public let targetID = Field.string("targetId").required()
        public init() {}
    }
    public static let removed = Removed()

    public struct Resolved: FieldSet {
        public let like = Field.objectID("like")
        /// Who likes.
        public let user = Field.objectID("user")
        public let userSince = Users.userSince
        /// The liked post; absent where a comment is liked, or the post was purged meanwhile.
        public let post = Field.objectID("post")
        /// The liked comment; absent where a post is liked, or the comment was purged meanwhile.
        public let comment = Field.objectID("comment")
        /// When the like was given: the day that counted it.
        public let wasCreatedAt = Field.date("was.createdAt")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .likeAdded, Self.self, stream: "users", key: field.userID, "A user likes a post or a comment.",
            resolves: resolved, guard: add
        ).upcasts(
            Upcast(from: 1, named: "post.liked", "Only posts could be liked: userId and postId.") { payload in
                payload.data = payload.data.setting("targetType", to: "post").renaming("postId", to: "targetId")
            }),
        Event.fact(
            .likeRemoved, removed, stream: "users", key: removed.userID, "A user takes a like back.",
            resolves: resolved, guard: remove),
    ]

    private static func add(_ context: GuardContext) {
        context.resolve(resolved.like, context.documentID)
        context.resolve(resolved.user, context.require(Users.self, field.userID)?.id)
        context.resolveUserSince(context[field.userID])
        if context[field.targetType] == "post" {
            guard let post = context.require(CommunityPosts.self, CommunityPosts.field.postID, by: field.targetID)
            else { return }
            context.resolve(resolved.post, post.id)
            let status = post[CommunityPosts.field.status] ?? "published"
            if status != "published" {
                context.refuse(.state, field.targetID, "the post is \(status); only a published one can be liked")
            }
        } else {
            guard
                let comment = context.require(
                    CommunityComments.self, CommunityComments.field.commentID, by: field.targetID)
            else { return }
            context.resolve(resolved.comment, comment.id)
            let status = comment[CommunityComments.field.status] ?? "active"
            if status != "active" {
                context.refuse(.state, field.targetID, "the comment is \(status); only an active one can be liked")
            }
        }
    }

    private static func remove(_ context: GuardContext) {
        guard let user = context[removed.userID], let targetType = context[removed.targetType],
            let targetID = context[removed.targetID]
        else { return }
        let found = context.find(
            Self.self, (field.userID, user), (field.targetType, targetType), (field.targetID, targetID))
        guard let like = found else {
            return context.refuse(.exists, removed.targetID, "the user does not like this \(targetType)")
        }
        context.resolve(resolved.like, like.id)
        context.resolve(resolved.user, user)
        if targetType == "post" {
            let post = context.find(CommunityPosts.self, (CommunityPosts.field.postID, targetID))
            context.resolve(resolved.post, post?.id)
        } else {
            let comment = context.find(CommunityComments.self, (CommunityComments.field.commentID, targetID))
            context.resolve(resolved.comment, comment?.id)
        }
        context.resolve(resolved.wasCreatedAt, like[field.createdAt])
    }

    // MARK: What follows

    public static let follows: [EventName] = [.likeAdded, .likeRemoved]

    public static func apply(_ event: RecordedEvent, to likes: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .likeAdded: try likes.insert()
        case .likeRemoved: try likes.remove(event.resolved(resolved.like))
        default: throw likes.unexpected()
        }
    }

    /// By how much the event changes a count of likes.
    static func change(of event: RecordedEvent) -> Int64 {
        switch event.type {
        case .likeAdded: 1
        case .likeRemoved: -1
        default: 0
        }
    }
}
