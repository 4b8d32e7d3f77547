public import BSON
public import Schema

extension EventName {
    public static let postDrafted: EventName = "post.drafted"
    public static let postPublished: EventName = "post.published"
    public static let postEdited: EventName = "post.edited"
    public static let postChanged: EventName = "post.changed"
    public static let postPinned: EventName = "post.pinned"
    public static let postUnpinned: EventName = "post.unpinned"
    public static let postFeatured: EventName = "post.featured"
    public static let postUnfeatured: EventName = "post.unfeatured"
    public static let postArchived: EventName = "post.archived"
    public static let postDeleted: EventName = "post.deleted"
    public static let postRestored: EventName = "post.restored"
    public static let postPurged: EventName = "post.purged"
    public static let postViewed: EventName = "post.viewed"
    public static let postShared: EventName = "post.shared"
}

/// Posts of the community, with what readers did with them.
public enum CommunityPosts: Collection {
    public static let name = "communityposts"
    public static let number: CollectionNumber = 10
    public static let summary = "A post of the community: text, author, state, views, likes, comments and shares."

    // MARK: What it stores

    public struct Attachment: FieldSet {
        public let type = Field.string("type").oneOf("image", "file", "video", "link")
        public let url = Field.string("url").required()
        public let filename = Field.string("filename")
        public let size = Field.number("size")
        public let mimeType = Field.string("mimeType")
        public init() {}
    }

    public struct Fields: FieldSet {
        public let postID = Field.string("postId").required().generated(prefix: "post_")
            .changed(by: "post.drafted, post.published")
        public let authorID = Field.reference("authorId", to: "users").required()
            .changed(by: "post.published, post.drafted")
        public let title = Field.string("title").required().atMost(200).personal().changed(by: "post.edited")
        public let content = Field.string("content").required().personal().changed(by: "post.edited")
        public let category = Field.string("category")
            .oneOf("general", "agents", "ideas", "help", "announcements", "tutorials").defaulting(to: "general")
        public let tags = Field.strings("tags", maxLength: 50)
        public let type = Field.string("type")
            .oneOf("discussion", "question", "announcement", "tutorial", "showcase").defaulting(to: "discussion")
        public let status = Field.string("status").oneOf("draft", "published", "archived", "deleted")
            .defaulting(to: "published").changed(by: "post.published, post.archived, post.deleted, post.restored")
        public let isPinned = Field.boolean("isPinned").defaulting(to: false)
            .changed(by: "post.pinned, post.unpinned")
        public let isFeatured = Field.boolean("isFeatured").defaulting(to: false)
            .changed(by: "post.featured, post.unfeatured")
        public let attachments = Field.objects("attachments", of: Attachment())
        public let views = Field.counter("stats.views", by: "post.viewed")
        public let likes = Field.counter("stats.likes", by: "like.added, like.removed")
        /// Active ones.
        public let comments = Field.counter(
            "stats.comments", by: "comment.added, comment.hidden, comment.deleted, comment.restored, comment.purged")
        public let shares = Field.counter("stats.shares", by: "post.shared")
        public let wordCount = Field.integer("metadata.wordCount").changed(by: "post.edited")
        /// In minutes, at 200 words a minute.
        public let readingTime = Field.integer("metadata.readingTime").changed(by: "post.edited")
        public let lastEditedAt = Field.date("metadata.lastEditedAt").derived(by: "post.edited")
        public let publishedAt = Field.date("publishedAt").defaultingToNow().changed(by: "post.published")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.postID).unique(),
        Index(field.authorID, field.createdAt.descending),
        Index(field.category, field.publishedAt.descending),
        Index(field.tags),
        Index(field.type),
        Index(field.status, field.isPinned.descending, field.publishedAt.descending),
        Index(field.isFeatured, field.publishedAt.descending),
        Index(field.likes.descending),
        Index(field.views.descending),
        Index(field.publishedAt.descending),
    ]

    // MARK: What follows

    public static let follows: [EventName] = [
        .postDrafted, .postPublished, .postEdited, .postChanged, .postPinned, .postUnpinned, .postFeatured,
        .postUnfeatured, .postArchived, .postDeleted, .postRestored, .postPurged, .postViewed, .postShared,
        .commentAdded, .commentHidden, .commentDeleted, .commentRestored, .commentPurged, .likeAdded, .likeRemoved,
    ]

    public static func apply(_ event: RecordedEvent, to posts: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .postDrafted:
            try posts.insert { post in
                measure(event, post)
                post[field.publishedAt] = nil
            }
        case .postPublished where event.resolved(resolved.wasStatus) == nil:
            try posts.insert { measure(event, $0) }
        case .postPublished:
            try posts.update(event.resolved(resolved.post)) { post in
                revise(event, post)
                post[field.status] = "published"
                post.take(field.publishedAt, from: event)
            }
        case .postEdited:
            try posts.update(event.resolved(resolved.post)) { post in
                revise(event, post)
                post.raise(field.lastEditedAt, to: event.time)
            }
        case .postChanged: try posts.patch(event.resolved(resolved.post))
        case .postPinned: try posts.update(event.resolved(resolved.post)) { $0[field.isPinned] = true }
        case .postUnpinned: try posts.update(event.resolved(resolved.post)) { $0[field.isPinned] = false }
        case .postFeatured: try posts.update(event.resolved(resolved.post)) { $0[field.isFeatured] = true }
        case .postUnfeatured: try posts.update(event.resolved(resolved.post)) { $0[field.isFeatured] = false }
        case .postArchived: try posts.update(event.resolved(resolved.post)) { $0[field.status] = "archived" }
        case .postDeleted: try posts.update(event.resolved(resolved.post)) { $0[field.status] = "deleted" }
        case .postRestored:
            try posts.update(event.resolved(resolved.post)) { post in
                post[field.status] = post[field.publishedAt] == nil ? "draft" : "published"
            }
        case .postPurged: try posts.remove(event.resolved(resolved.post))
        case .postViewed: try posts.adjust(event.resolved(resolved.post)) { $0.add(1, to: field.views) }
        case .postShared: try posts.adjust(event.resolved(resolved.post)) { $0.add(1, to: field.shares) }
        case .commentAdded, .commentHidden, .commentDeleted, .commentRestored, .commentPurged:
            // Absent where the post was purged meanwhile.
            guard let id = event.resolved(CommunityComments.resolved.post) else { return }
            let change = CommunityComments.activeChange(of: event)
            try posts.adjust(id) { $0.add(change, to: field.comments) }
        case .likeAdded, .likeRemoved:
            // Absent where a comment was liked.
            guard let id = event.resolved(CommunityLikes.resolved.post) else { return }
            let change = CommunityLikes.change(of: event)
            try posts.adjust(id) { $0.add(change, to: field.likes) }
        default: throw posts.unexpected()
        }
    }

    /// What the guard made of the text, where the caller said nothing.
    private static func measure(_ event: RecordedEvent, _ post: borrowing Draft<Self>) {
        if post[field.wordCount] == nil { post[field.wordCount] = event.resolved(resolved.wordCount) }
        if post[field.readingTime] == nil { post[field.readingTime] = event.resolved(resolved.readingTime) }
    }

    /// A new title, a new text, or both.
    private static func revise(_ event: RecordedEvent, _ post: borrowing Draft<Self>) {
        post.take(field.title, from: event)
        post.take(field.content, from: event)
        guard let words = event.resolved(resolved.wordCount) else { return }
        post[field.wordCount] = words
        post[field.readingTime] = event.resolved(resolved.readingTime)
    }
}
