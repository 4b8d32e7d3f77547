import Annals
import BSON
import Foundation
import LMDB
import Testing
import Views

/// The documents of a store as Foundation's parser sees them, to be counted anew without any code of the projectors.
struct Recount {
    struct Row {
        let document: [String: Any]
        fileprivate let stored: Document

        /// Text or an ObjectID's hex digits at a dotted path.
        func text(_ path: String) -> String? {
            let value = value(path)
            return value as? String ?? (value as? [String: Any])?["$oid"] as? String
        }

        func integer(_ path: String) -> Int? { (value(path) as? NSNumber)?.intValue }
        /// As it is stored: Foundation's parser may miss the nearest double.
        func number(_ path: String) -> Double? { stored.withRaw { $0[FieldPath(path)]?.double } }
        func list(_ path: String) -> [Any] { value(path) as? [Any] ?? [] }

        /// Milliseconds since 1970.
        func moment(_ path: String) -> Int64? {
            guard let text = (value(path) as? [String: Any])?["$date"] as? String else { return nil }
            return LoggedEvent.moment(text)
        }

        private func value(_ path: String) -> Any? {
            path.split(separator: ".").reduce(document as Any?) { ($0 as? [String: Any])?[String($1)] }
        }
    }

    private var rows: [String: [Row]] = [:]
    let events: [LoggedEvent]

    init(_ store: Store) throws {
        events = try LoggedEvent.all(store)
        for model in store.catalogue.collections {
            var documents: [Document] = []
            try store.snapshot().forEachDocument(model) { (_, document) throws(LMDBError) in
                documents.append(Document(copying: document))
                return true
            }
            rows[model.name] = try documents.map { document in
                let text = document.withRaw { JSON.string($0, style: .relaxed) }
                let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
                return Row(document: object ?? [:], stored: document)
            }
        }
    }

    subscript(collection: String) -> [Row] { rows[collection] ?? [] }

    /// The rows of a collection by the text of a field; those without are left out.
    func grouped(_ collection: String, by path: String, where accept: (Row) -> Bool = { _ in true }) -> [String: [Row]]
    {
        var groups: [String: [Row]] = [:]
        for row in self[collection] where accept(row) {
            if let key = row.text(path) { groups[key, default: []].append(row) }
        }
        return groups
    }

    /// What is wrong with the counters of a collection; at most three are told.
    func expect(
        _ collection: String, key: String = "_id", _ expected: (Row, String) -> [String: Int?],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var wrong = 0
        for row in self[collection] {
            let id = row.text(key) ?? ""
            for (path, value) in expected(row, id) where row.integer(path) != value {
                wrong += 1
                if wrong > 3 { continue }
                let found = row.integer(path).map { "\($0)" } ?? "missing"
                Issue.record(
                    "\(collection) \(id): \(path) is \(found), not \(value.map { "\($0)" } ?? "missing")",
                    sourceLocation: sourceLocation)
            }
        }
        #expect(wrong == 0, "of \(self[collection].count)", sourceLocation: sourceLocation)
        #expect(!self[collection].isEmpty, sourceLocation: sourceLocation)
    }
}
