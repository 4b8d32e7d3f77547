import Annals
import BSON
import LMDB
import Schema
import Views

extension Script {
    /// What a line `? WHAT` asks for: the count and the index entries of the script's collection (`indexes`), or the
    /// documents of another collection, by name.
    static func listing(_ what: String, of store: Store, _ collection: String) throws -> String {
        if what != "indexes" { return try documents(what, store) }
        let model = try store.collection(collection)
        let snapshot = try store.snapshot()
        var text = "count: \(try snapshot.documentCount(model))\n"
        for (ordinal, index) in model.indexes.enumerated() {
            try snapshot.scan(model, index: ordinal, from: [], to: []) { (key, documentKey) throws(LMDBError) in
                var (rest, id) = (key, documentKey)
                let values = index.parts.map { plain(KeyEncoder.decode(&rest, descending: $0.isDescending)) }
                text += "\(index.name): \(values.joined(separator: ", ")) → \(plain(KeyEncoder.decode(&id)))\n"
                return true
            }
        }
        return text
    }

    /// Every document of a collection, a line each.
    static func documents(_ collection: String, _ store: Store) throws -> String {
        let model = try store.collection(collection)
        let snapshot = try store.snapshot()
        var text = ""
        try snapshot.forEachDocument(model) { (_, document) throws(LMDBError) in
            text += collection + " " + JSON.string(document, style: .relaxed) + "\n"
            return true
        }
        return text
    }

    private static func plain(_ component: KeyEncoder.Component?) -> String {
        switch component {
        case .value(.objectID(let id)): id.description
        case .value(.dateTime(let date)): date.description
        case .value(let value): JSON.string(value, style: .relaxed)
        case .cut: "cut"
        case nil: "unreadable"
        }
    }
}
