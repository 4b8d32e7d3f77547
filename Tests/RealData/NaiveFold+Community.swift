// Posts and comments. A comment is one deeper than its parent, and refused past five.

extension NaiveFold {
    mutating func publish(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("postId")
        if let missing = missing(user: try event.text("authorId"), "authorId") { return missing }
        if posts[id] != nil { return ("unique", "postId", id) }
        let words = try event.whole("metadata", "wordCount")
        let minutes = max(1, (Double(words) / 200).rounded())
        posts[id] = PostFigures(wordCount: words, readingTime: Int64(minutes))
        return nil
    }

    mutating func comment(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("commentId")
        let postID = try event.text("postId")
        if let missing = missing(user: try event.text("authorId"), "authorId") { return missing }
        if posts[postID] == nil { return ("exists", "postId", postID) }
        if comments[id] != nil { return ("unique", "commentId", id) }
        var depth: Int64 = 0
        if let parentID = event.optionalText("parentCommentId") {
            guard let parent = comments[parentID] else { return ("exists", "parentCommentId", parentID) }
            if parent.postID != postID { return ("condition", "parentCommentId", parentID) }
            depth = (parent.depth ?? 0) + 1
            if depth > 5 { return ("depth", "parentCommentId", parentID) }
            comments[parentID]?.replies? += 1
        }
        comments[id] = CommentFigures(postID: postID, depth: depth)
        posts[postID]?.comments? += 1
        return nil
    }
}
