public import LMDB
internal import Schema

/// Both slots of a view at one position, to be held against each other.
public struct SlotComparison: ~Copyable {
    private let serving: ViewSnapshot
    private let other: ViewSnapshot
    private let model: CollectionModel

    /// The writer of the views must rest meanwhile.
    public static func take(_ views: ViewStore, _ place: Int) throws(LMDBError) -> SlotComparison {
        let serving = try views.snapshot()
        let other = try views.snapshot(views.shadowTarget())
        return SlotComparison(serving, other, views.catalogue.collections[place])
    }

    private init(_ serving: consuming ViewSnapshot, _ other: consuming ViewSnapshot, _ model: CollectionModel) {
        self.serving = serving
        self.other = other
        self.model = model
    }

    public var position: UInt64 { serving.position }

    /// Where documents, index entries, postings or states are not the same: the first hundred.
    public func differences() throws(LMDBError) -> [Difference] {
        try Verification(live: serving.store, replayed: other.store).differences(serving, other, model)
    }
}
