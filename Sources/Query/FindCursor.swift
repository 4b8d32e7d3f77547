internal import BSON

/// How far a query has been read, for the next batch under a later snapshot: it holds no snapshot, only the last key.
///
/// A document that did not change between batches is given once, neither twice nor never.
public struct FindCursor: Sendable, Hashable {
    /// The way that the first batch took; the next ones keep to it.
    enum Way: Sendable, Hashable {
        case collection(isBackward: Bool)
        case index(String, isBackward: Bool)
        /// Sorted in memory, by the order that was asked for and then `_id`.
        case sorted
    }

    /// Where the last document stood.
    enum Place: Sendable, Hashable {
        case entry([UInt8])
        case sortKey([UInt8])
    }

    let way: Way
    let place: Place
    /// How many documents may still be given; `nil` for all.
    let left: Int?
    /// The position whose views it keeps to; `nil` where it may go on in later ones.
    public let position: UInt64?
    /// Of the query that it belongs to.
    let digest: UInt64
}
