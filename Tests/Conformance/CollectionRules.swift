/// What is said of one field, rule by rule, in words that the specification and our declarations share: `type`,
/// `required`, `default`, `enum`, … A rule that is not set is absent.
typealias FieldRules = [String: String]

/// One collection as either side describes it, in a form that two of them can be compared by.
struct CollectionRules {
    var name: String
    /// By path. Members of the sub-documents in an array stand under `path[]`: `achievements[].earnedAt`.
    var fields: [String: FieldRules] = [:]
    var indexes: [IndexRules] = []

    /// `unique` and `sparse` of a field follow from the indexes over it alone.
    mutating func addIndexRules() {
        for index in indexes where index.parts.count == 1 {
            let path = index.parts[0].path
            guard fields[path] != nil else { continue }
            if index.isUnique { fields[path]?["unique"] = "true" }
            if index.isSparse { fields[path]?["sparse"] = "true" }
        }
    }
}

/// One index as either side describes it.
struct IndexRules: Equatable {
    struct Part: Equatable {
        var path: String
        var direction: Int
    }
    var parts: [Part]
    var isUnique = false
    var isSparse = false

    /// As MongoDB names it: `userId_1_createdAt_-1`.
    var name: String { parts.map { "\($0.path)_\($0.direction)" }.joined(separator: "_") }

    var options: String {
        (["an index"] + (isUnique ? ["unique"] : []) + (isSparse ? ["sparse"] : [])).joined(separator: ", ")
    }
}
