public import LMDB
public import Schema

/// The names of all tables in the views environment; `Sources/README.md` shows their keys and values.
public enum ViewTableNames {
    public static let meta = "meta"
    public static let streams = "streams"
    public static let streamChunks = "stream-chunks"
    public static let requests = "requests"
    public static let merkle = "merkle"
    public static let persons = "persons"
    public static let owned = "owned"

    public static func all(_ catalogue: Catalogue) -> [String] {
        var names = [meta, streams, streamChunks, requests, merkle, persons, owned]
        for model in catalogue.collections {
            for slot in 0...1 { names += [documents(model, slot), indexes(model, slot), side(model, slot)] }
        }
        return names
    }

    static func documents(_ model: CollectionModel, _ slot: Int) -> String { "\(model.number).\(slot).documents" }
    static func indexes(_ model: CollectionModel, _ slot: Int) -> String { "\(model.number).\(slot).indexes" }
    static func side(_ model: CollectionModel, _ slot: Int) -> String { "\(model.number).\(slot).side" }
}

/// The three trees of one view in one slot.
public struct ViewTables: Sendable, Hashable {
    /// encoded `_id` → posting header, document.
    public let documents: Table
    /// index ordinal, encoded values, encoded `_id` → nothing (or the length of the `_id` where it is no ObjectId).
    public let indexes: Table
    /// 1, encoded `_id`, first position → older positions; 2, encoded `_id`, name → a projector's private state; 3 to 6:
    /// anomalies (`AnomalyRow.swift`); 7 and 8: versions that are kept (`KeptVersion.swift`).
    public let side: Table
}

/// The first byte of a key in the side table.
enum SideKind {
    static let postings: UInt8 = 1
    static let state: UInt8 = 2
    static let anomaly: UInt8 = 3
    static let held: UInt8 = 4
    static let passedOver: UInt8 = 5
    static let released: UInt8 = 6
    static let version: UInt8 = 7
    static let formerState: UInt8 = 8
}
