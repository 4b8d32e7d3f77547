public import BSON
internal import LMDB
internal import Schema

/// Where the documents come from that are refolded: versions that are kept, and postings.
extension Refold {
    /// For what the document is once the event at `position` is applied.
    func find(_ id: ObjectID, asOf position: UInt64) throws(ReplayError) -> RefoldedDocument {
        let before = position == .max ? position : position + 1
        do throws(LMDBError) {
            return try document(Self.key(id), before: before, knownThrough: position)
        } catch { throw .views(error) }
    }

    /// For what it was before that event.
    func find(_ id: ObjectID, before position: UInt64) throws(ReplayError) -> RefoldedDocument {
        do throws(LMDBError) {
            return try document(Self.key(id), before: position, knownThrough: position)
        } catch { throw .views(error) }
    }

    private static func key(_ id: ObjectID) -> [UInt8] { withKey(id) { Array($0) } }

    /// The stretch of a document's history that ends in what it was before a position; the events of it that touched the
    /// document are known up to `last`.
    func document(_ key: [UInt8], before position: UInt64, knownThrough last: UInt64) throws(LMDBError)
        -> RefoldedDocument
    {
        let known = documents[key]?.last { $0.covers(before: position) }
        if let known, known.knownThrough >= last { return known }
        let snapshot = try views.snapshot()
        let document: RefoldedDocument
        if let known {
            document = known
        } else {
            let (start, end) =
                startsFromVersions
                ? try snapshot.version(ofDocument: key, in: model, before: position) : (nil, .max)
            // An `_id` is a lead and 12 bytes.
            let id = key.withUnsafeBytes { ObjectID(UnsafeRawBufferPointer(rebasing: $0[1...])) }
            document = RefoldedDocument(id, key, from: start, through: end)
            documents[key, default: []].append(document)
            heldBytes += 256 + (start?.document.bytes.count ?? 0)
        }
        var more: [UInt64] = []
        var isWhole = false
        try snapshot.forEachPosition(ofDocument: key, in: model, after: document.lastKnown) { position in
            isWhole = position > document.end
            if !isWhole { more.append(position) }
            return !isWhole
        }
        document.learn(more, through: isWhole ? .max : snapshot.position)
        heldBytes += more.count * 8
        return document
    }

    /// The events after `first` that touched a document, up to `last`; and whether any did up to `last`.
    func positions(
        of id: ObjectID, after first: UInt64, through last: UInt64
    ) throws(ReplayError) -> (positions: [UInt64], isKnown: Bool) {
        do throws(LMDBError) {
            let snapshot = try views.snapshot()
            let key = Self.key(id)
            var positions: [UInt64] = []
            var isKnown = false
            try snapshot.forEachPosition(ofDocument: key, in: model, after: first) { position in
                if position <= last { positions.append(position) }
                return position <= last
            }
            if positions.isEmpty {
                try snapshot.forEachPosition(ofDocument: key, in: model) { position in
                    isKnown = position <= last
                    return false
                }
            }
            return (positions, isKnown || !positions.isEmpty)
        } catch { throw .views(error) }
    }

    /// The document as it stands, where no event after `position` touched it.
    func live(_ id: ObjectID, unchangedSince position: UInt64) throws(ReplayError) -> (document: Document?, ())? {
        do throws(LMDBError) {
            let snapshot = try views.snapshot()
            var isChanged = false
            try snapshot.forEachPosition(ofDocument: Self.key(id), in: model, after: position) { _ in
                isChanged = true
                return false
            }
            guard !isChanged else { return nil }
            return (try snapshot.document(model, id: id).map { Document(copying: $0) }, ())
        } catch { throw .views(error) }
    }
}
