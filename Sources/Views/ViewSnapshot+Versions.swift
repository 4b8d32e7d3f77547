internal import BSON
internal import LMDB
internal import Schema

extension ViewSnapshot {
    /// The last version of a document that was kept before a position, if there is one; and the position of the next one,
    /// the highest there is where none follows. O(log n).
    func version(
        ofDocument key: [UInt8], in model: CollectionModel, before position: UInt64
    ) throws(LMDBError) -> (start: RefoldedDocument.Start?, next: UInt64) {
        let prefix = KeptVersion.prefix(key)
        let bound = KeptVersion.key(key, position)
        var cursor = try transaction.cursor(target.side(target.space(of: model.number)))
        var next = try bound.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        let end = next && cursor.key.hasPrefix(prefix) ? AnomalyRow.position(endOf: cursor.key) : .max
        next = try cursor.previous()
        guard next, cursor.key.hasPrefix(prefix), let version = KeptVersion(cursor.value) else { return (nil, end) }
        let start = RefoldedDocument.Start(
            position: AnomalyRow.position(endOf: cursor.key), versions: version.count / store.catalogue.versionInterval,
            document: Document(copying: version.document))
        return (start, end)
    }

    /// A projector's state for a document as it was when a version of it was kept; `isKept` is false where that version is
    /// gone with the document.
    func state(
        _ name: [UInt8], ofDocument key: [UInt8], in model: CollectionModel, at start: RefoldedDocument.Start
    ) throws(LMDBError) -> (isKept: Bool, value: [UInt8]?) {
        let side = target.side(target.space(of: model.number))
        let isKept = try KeptVersion.key(key, start.position).withRawBytes { (key) throws(LMDBError) -> Bool in
            try transaction.get(key, in: side) != nil
        }
        guard isKept else { return (false, nil) }
        let prefix = KeptVersion.statePrefix(key, name)
        let row = KeptVersion.stateKey(key, name, start.versions)
        var cursor = try transaction.cursor(side)
        let found = try row.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        if found, cursor.key.hasPrefix(prefix), cursor.key.count == row.count {
            return (true, cursor.value.first == 1 ? Array(cursor.value.dropFirst()) : nil)
        }
        // Not changed since.
        let current: [UInt8] = [SideKind.state] + key + name
        let value = try current.withRawBytes { (key) throws(LMDBError) in try transaction.get(key, in: side) }
        return (true, value.map { Array($0) })
    }
}
