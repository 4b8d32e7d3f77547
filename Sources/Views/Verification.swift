internal import BSON
internal import EventLog
public import LMDB
internal import Schema

/// Compares two stores tree by tree, entry by entry, byte by byte.
public struct Verification: Sendable {
    public let live: ViewStore
    public let replayed: ViewStore
    /// Differences told one by one; beyond these only their number is kept.
    public var limit = 100

    public init(live: ViewStore, replayed: ViewStore) {
        self.live = live
        self.replayed = replayed
    }

    /// All differences, up to the limit. Both stores must stand at one position.
    public func differences() throws(LMDBError) -> [Difference] {
        try differences(try live.snapshot())
    }

    /// The same of one snapshot of the live views.
    public func differences(_ a: borrowing ViewSnapshot) throws(LMDBError) -> [Difference] {
        let b = try replayed.snapshot()
        var found: [Difference] = []
        if a.checkpoint != b.checkpoint {
            found.append(
                Difference(
                    kind: .checkpoint, collection: "meta", key: "checkpoint", field: nil,
                    live: "\(a.checkpoint.position) \(a.checkpoint.leaf)",
                    replayed: "\(b.checkpoint.position) \(b.checkpoint.leaf)"))
        }
        let streams = ViewStore.Target.streamSpace
        try compareCounts(a, b, streams, "streams", &found)
        for model in live.catalogue.collections {
            try compareFingerprints(a, b, model, &found)
            try compareView(a, b, model, &found)
            try findStrays(a, model, &found)
        }
        try compare(a, live.streams, b, replayed.streams, .stream, "streams", &found)
        try compare(a, live.streamChunks, b, replayed.streamChunks, .stream, "stream-chunks", &found)
        try compare(a, live.requests, b, replayed.requests, .request, "requests", &found)
        try compare(a, live.merkle, b, replayed.merkle, .merkle, "merkle", &found)
        try compare(a, live.persons, b, replayed.persons, .person, "persons", &found)
        try compare(a, live.owned, b, replayed.owned, .person, "owned", &found)
        return found
    }

    /// The same of one view, in any two slots.
    func differences(_ a: borrowing ViewSnapshot, _ b: borrowing ViewSnapshot, _ model: CollectionModel)
        throws(LMDBError) -> [Difference]
    {
        var found: [Difference] = []
        try compareView(a, b, model, &found)
        return found
    }

    private func compareView(
        _ a: borrowing ViewSnapshot, _ b: borrowing ViewSnapshot, _ model: CollectionModel,
        _ found: inout [Difference]
    ) throws(LMDBError) {
        let space = a.target.space(of: model.number)
        try compareCounts(a, b, space, model.name, &found)
        try compareHolds(a, b, model, &found)
        try compareRoots(a, b, model, &found)
        try compare(a, a.target.documents(space), b, b.target.documents(space), .document, model.name, &found)
        try compare(a, a.target.indexes(space), b, b.target.indexes(space), .index, model.name, &found)
        try compare(a, a.target.side(space), b, b.target.side(space), .posting, model.name, &found)
    }

    /// A slot that does not serve, and of which nothing says why it would hold something, has to be empty: a rebuild that empties
    /// it follows its pages.
    private func findStrays(
        _ a: borrowing ViewSnapshot, _ model: CollectionModel, _ found: inout [Difference]
    ) throws(LMDBError) {
        guard let placement = try live.placement(of: model, in: a.transaction), placement.slot <= 1,
            try live.slotProgress(of: model, in: a.transaction) == nil
        else { return }
        let place = a.target.space(of: model.number) - 1
        let tables = live.tables[place][1 - placement.slot]
        for (table, name) in [
            (tables.documents, "documents"), (tables.indexes, "indexes"), (tables.side, "side"),
        ] where try !isEmpty(table, a.transaction) {
            found.append(
                Difference(
                    kind: .count, collection: model.name, key: "\(name) of the slot that does not serve", field: nil,
                    live: "some", replayed: nil))
        }
    }

    private func isEmpty(_ table: Table, _ transaction: borrowing ReadTransaction) throws(LMDBError) -> Bool {
        let figures = try transaction.statistics(table)
        guard figures.entryCount == 0, figures.depth == 0, figures.leafPages == 0 else { return false }
        var cursor = try transaction.cursor(table)
        return try !cursor.first()
    }

    private func compareCounts(
        _ a: borrowing ViewSnapshot, _ b: borrowing ViewSnapshot, _ space: Int, _ name: String,
        _ found: inout [Difference]
    ) throws(LMDBError) {
        let countA = try live.count(space, a.target, in: a.transaction)
        let countB = try replayed.count(space, b.target, in: b.transaction)
        guard countA != countB else { return }
        found.append(
            Difference(
                kind: .count, collection: name, key: "documents", field: nil, live: "\(countA)", replayed: "\(countB)"))
    }

    private func compareRoots(
        _ a: borrowing ViewSnapshot, _ b: borrowing ViewSnapshot, _ model: CollectionModel,
        _ found: inout [Difference]
    ) throws(LMDBError) {
        let (ours, theirs) = (try a.sum(of: model), try b.sum(of: model))
        guard !ours.elementsEqual(theirs) else { return }
        found.append(
            Difference(
                kind: .root, collection: model.name, key: "stored", field: nil, live: "\(try a.root(of: model))",
                replayed: "\(try b.root(of: model))"))
    }

    /// Views folded by other declarations are not what the log makes today.
    private func compareFingerprints(
        _ a: borrowing ViewSnapshot, _ b: borrowing ViewSnapshot, _ model: CollectionModel,
        _ found: inout [Difference]
    ) throws(LMDBError) {
        let ours = try live.placement(of: model, in: a.transaction)?.fingerprint
        let theirs = try replayed.placement(of: model, in: b.transaction)?.fingerprint
        guard ours != theirs else { return }
        found.append(
            Difference(
                kind: .checkpoint, collection: model.name, key: "fingerprint", field: nil,
                live: ours.map { $0.withUnsafeBytes { hexadecimal($0) } },
                replayed: theirs.map { $0.withUnsafeBytes { hexadecimal($0) } }))
    }

    private func compare(
        _ a: borrowing ViewSnapshot, _ tableA: Table, _ b: borrowing ViewSnapshot, _ tableB: Table,
        _ kind: Difference.Kind, _ name: String, _ found: inout [Difference]
    ) throws(LMDBError) {
        var count = 0
        var left = try a.transaction.cursor(tableA)
        var right = try b.transaction.cursor(tableB)
        var hasLeft = try left.first()
        var hasRight = try right.first()
        while (hasLeft || hasRight) && found.count < limit {
            let order: Int
            if !hasRight {
                order = -1
            } else if !hasLeft {
                order = 1
            } else if left.key.elementsEqual(right.key) {
                order = 0
            } else {
                order = left.key.lexicographicallyPrecedes(right.key) ? -1 : 1
            }
            if order <= 0 { count += 1 }
            if order == 0 {
                if !left.value.elementsEqual(right.value) {
                    found.append(difference(kind, name, left.key, left.value, right.value))
                }
                hasLeft = try left.next()
                hasRight = try right.next()
            } else if order < 0 {
                found.append(difference(kind, name, left.key, left.value, nil))
                hasLeft = try left.next()
            } else {
                found.append(difference(kind, name, right.key, nil, right.value))
                hasRight = try right.next()
            }
        }
        // What LMDB itself says, which nobody counts who reads the table.
        let stored = try a.transaction.entryCount(tableA)
        guard !hasLeft, stored != count else { return }
        found.append(
            Difference(
                kind: .count, collection: name, key: "entries of \(kind.rawValue)", field: nil, live: "\(stored)",
                replayed: "\(count)"))
    }

    private func difference(
        _ kind: Difference.Kind, _ name: String, _ key: UnsafeRawBufferPointer, _ live: UnsafeRawBufferPointer?,
        _ replayed: UnsafeRawBufferPointer?
    ) -> Difference {
        var kind = kind
        var keyText = hexadecimal(key)
        if kind == .posting, let first = key.first, first != SideKind.postings {
            guard first != SideKind.version, first != SideKind.formerState else {
                return .version(name, keyText, live, replayed)
            }
            kind = first == SideKind.state ? .state : .anomaly
        }
        guard kind == .document, let live, let replayed else {
            if kind == .document, let present = live ?? replayed {
                keyText = text(Self.document(in: present)?.value(named: "_id")) ?? keyText
                return Difference(
                    kind: kind, collection: name, key: keyText, field: nil, live: live == nil ? nil : "a document",
                    replayed: replayed == nil ? nil : "a document")
            }
            return Difference(
                kind: kind, collection: name, key: keyText, field: nil, live: live.map { hexadecimal($0) },
                replayed: replayed.map { hexadecimal($0) })
        }
        guard let a = Self.document(in: live), let b = Self.document(in: replayed) else {
            return Difference(
                kind: .document, collection: name, key: keyText, field: nil, live: hexadecimal(live),
                replayed: hexadecimal(replayed))
        }
        keyText = text(a.value(named: "_id")) ?? keyText
        if let (field, left, right) = firstDifference(a, b, "") {
            return Difference(kind: kind, collection: name, key: keyText, field: field, live: left, replayed: right)
        }
        return Difference(
            kind: .posting, collection: name, key: keyText, field: nil,
            live: hexadecimal(UnsafeRawBufferPointer(rebasing: live.prefix(64))),
            replayed: hexadecimal(UnsafeRawBufferPointer(rebasing: replayed.prefix(64))))
    }

    /// The document of an entry, its bytes checked: somebody may have changed them.
    static func document(in stored: UnsafeRawBufferPointer) -> RawDocument? {
        guard let header = PostingHeader(stored) else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: stored[header.storedCount...])
        let limits = RawDocument.Limits(maxBytes: .max, maxDepth: 200)
        do throws(BSONError) { return try RawDocument.validated(bytes, limits: limits) } catch { return nil }
    }

    private func firstDifference(_ a: RawDocument, _ b: RawDocument, _ prefix: String) -> (String, String?, String?)? {
        var names: [String] = []
        a.forEach { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
        b.forEach { name, _ in
            let name = String(decoding: name, as: UTF8.self)
            if !names.contains(name) { names.append(name) }
        }
        for name in names {
            var copy = name
            let (left, right) = copy.withUTF8 { utf8 in
                (a.value(named: UnsafeRawBufferPointer(utf8)), b.value(named: UnsafeRawBufferPointer(utf8)))
            }
            if let left, let right, left.equals(right) { continue }
            if let inner = left?.document, let other = right?.document, left?.type == .document {
                if let found = firstDifference(inner, other, prefix + name + ".") { return found }
            }
            return (prefix + name, text(left), text(right))
        }
        return nil
    }

    private func text(_ value: RawValue?) -> String? { value.map { JSON.string($0, style: .relaxed) } }

    /// Of the first bytes: a damaged page may say of a value that it is gigabytes long.
    private func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let shown = bytes.prefix(512)
        var text: [UInt8] = []
        for byte in shown { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        let rest = bytes.count > shown.count ? "… of \(bytes.count) bytes" : ""
        return String(decoding: text, as: UTF8.self) + rest
    }
}
