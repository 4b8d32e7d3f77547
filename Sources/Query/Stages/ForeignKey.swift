internal import BSON
internal import Schema
internal import Views

/// How documents of another collection are found by the value of one field. Chosen once, before the first is looked for.
struct ForeignKey: Sendable {
    enum Access: Sendable {
        case id
        case index(Int)
        /// No index fits: a table of the whole collection is made at the first look-up.
        case table
    }

    let model: CollectionModel
    let path: QueryPath
    let access: Access
    let secrets: SecretFields

    init(_ model: CollectionModel, _ name: String) {
        self.model = model
        path = QueryPath(name)
        secrets = SecretFields(model)
        if name == "_id" {
            access = .id
        } else {
            // Of several the shortest. A sparse one may lack documents that null finds.
            let fitting = model.indexes.indices.filter {
                model.indexes[$0].parts.first?.name == name && !model.indexes[$0].isSparse
            }
            let shortest = fitting.min { model.indexes[$0].parts.count < model.indexes[$1].parts.count }
            access = shortest.map { .index($0) } ?? .table
        }
    }

    /// For `explain`.
    var strategy: Document {
        switch access {
        case .id: ["strategy": "IDHACK"]
        case .index(let ordinal): ["strategy": "IndexedLoopJoin", "indexName": .string(model.indexes[ordinal].name)]
        case .table: ["strategy": "HashJoin"]
        }
    }
}

/// The look-ups of one run.
final class ForeignLookup {
    private let key: ForeignKey
    private let budget: QueryBudget
    /// Encoded value → documents, which live as long as the snapshot.
    private var table: [[UInt8]: [RawDocument]]?

    init(_ key: ForeignKey, _ budget: QueryBudget) {
        self.key = key
        self.budget = budget
    }

    /// Every document that has one of the values in the field, once each, without secret fields. What is missing is null,
    /// or, `exactly`, finds nothing and is found by nothing. An array counts as each of its elements, and as itself.
    func forEach(
        _ values: [Evaluated], exactly: Bool = false, _ snapshot: borrowing ViewSnapshot, _ give: Give
    ) throws(QueryError) -> Bool {
        var seen: Set<UnsafeRawPointer> = []
        for value in values {
            let goesOn = try (exactly ? value : value.orNull).withRaw { (raw) throws(QueryError) in
                guard let raw else { return true }
                return try candidates(raw, snapshot) { document throws(QueryError) in
                    if seen.contains(document.base) { return true }
                    guard holds(raw, document, exactly: exactly) else { return true }
                    seen.insert(document.base)
                    if key.secrets.isEmpty { return try give(document) }
                    return try key.secrets.removed(from: document).withRaw { (raw) throws(QueryError) in try give(raw) }
                }
            }
            if !goesOn { return false }
        }
        return true
    }

    private func holds(_ value: RawValue, _ document: RawDocument, exactly: Bool) -> Bool {
        key.path.anyValue(in: document) { candidate in
            guard let candidate else { return value.isNull && !exactly }
            return Order.compare(candidate, value) == 0
        }
    }

    private func candidates(_ value: RawValue, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError)
        -> Bool
    {
        switch key.access {
        case .id:
            var encoded: [UInt8] = []
            KeyEncoder.encode(value, into: &encoded)
            try budget.examineKey()
            guard let document = try snapshot.fetch(key.model, encoded) else { return true }
            try budget.examineDocument()
            return try give(document)
        case .index(let ordinal) where value.type != .array && value.type != .undefined:
            var encoded: [UInt8] = []
            key.model.indexes[ordinal].pattern.encode(value, part: 0, into: &encoded)
            return try snapshot.forEachEntry(key.model, ordinal, in: .starting(with: encoded), backward: false) {
                _, _, document throws(QueryError) in
                try budget.examineKey()
                guard let document = try document() else { return true }
                try budget.examineDocument()
                return try give(document)
            }
        case .index, .table:
            if table == nil { table = try makeTable(snapshot) }
            for document in table?[Self.encoded(value)] ?? [] where try !give(document) { return false }
            return true
        }
    }

    private static func encoded(_ value: RawValue?) -> [UInt8] {
        var key: [UInt8] = []
        KeyEncoder.encode(value, limit: .max, into: &key)
        return key
    }

    private func makeTable(_ snapshot: borrowing ViewSnapshot) throws(QueryError) -> [[UInt8]: [RawDocument]] {
        var table: [[UInt8]: [RawDocument]] = [:]
        try snapshot.forEachDocument(key.model, in: .everything, backward: false) { _, document throws(QueryError) in
            try budget.examineDocument()
            var grown = 0
            _ = key.path.anyValue(in: document) { value in
                let encoded = Self.encoded(value)
                grown += encoded.count + 64
                table[encoded, default: []].append(document)
                return false
            }
            try budget.hold(grown, for: "a table to look up by")
            return true
        }
        return table
    }
}
