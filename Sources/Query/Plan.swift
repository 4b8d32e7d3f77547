internal import BSON
internal import Schema

/// How a query will find its documents.
struct Plan: Sendable {
    indirect enum Access: Sendable {
        /// All documents, or those between two keys, in the order of `_id`.
        case collection(KeyInterval)
        /// The documents with these encoded `_id`s, in order.
        case ids([[UInt8]])
        case index(Int, [KeyInterval])
        /// What any of several plans finds, each document once.
        case union([Branch])
    }

    /// One alternative of an `$or`: what fits it is found by its plan.
    struct Branch: Sendable {
        let node: Filter.Node
        let plan: Plan
    }

    var access: Access
    var isBackward = false
    /// The documents come in the order that was asked for.
    var isSorted = false
    /// Those of each interval do.
    var isSortedByInterval = false
    /// An index may give a document more than once.
    var mayRepeat = false
    /// Such a document is given by the first of its keys alone, which needs no memory of those that were.
    var takesFirstKeys = false
    /// The last entry that was given before: the walk goes on behind it.
    var after: [UInt8]?
    /// What the keys tell decides: no document need be tested.
    var isExact = false
    /// How many of the index's first parts have one value only.
    var constantParts = 0
    /// What each part of the index may be, as far as it is bound.
    var bounds: [Bounds] = []
    /// What is asked for is made of the index's keys.
    var coverage: Coverage?
    /// Higher is better, where nothing is known of the collection.
    var score = 0
    /// What it will cost, about, in steps over keys; where that was estimated.
    var cost: Double?

    static let wholeCollection = Plan(access: .collection(.everything))

    /// The index it walks.
    var ordinal: Int? {
        if case .index(let ordinal, _) = access { ordinal } else { nil }
    }
}
