internal import BSON
internal import Schema

/// How a query will find its documents.
struct Plan: Sendable {
    enum Access: Sendable {
        /// All documents, or those between two keys, in the order of `_id`.
        case collection(KeyInterval)
        /// The documents with these encoded `_id`s, in order.
        case ids([[UInt8]])
        case index(Int, [KeyInterval])
    }

    let access: Access
    var isBackward = false
    /// The documents come in the order that was asked for.
    var isSorted = false
    /// An index may give a document more than once.
    var mayRepeat = false
    /// How many of the index's first parts have one value only.
    var constantParts = 0
    /// Higher is better.
    var score = 0

    static let wholeCollection = Plan(access: .collection(.everything))
}

/// Which way to take, instead of the planner's own choice.
public enum PlanHint: Sendable, Hashable {
    /// Every document in the order of `_id`.
    case collectionScan
    /// The index of this name, such as `userId_1_createdAt_-1`.
    case index(String)
}
