internal import BSON
package import EventLog
internal import LMDB
package import Schema

/// Gives a record of the log, also one that is about to be appended.
package typealias RecordReader = (
    _ position: UInt64, _ body: (Record) throws(ReplayError) -> Void
) throws(ReplayError) -> Void

/// The end of a hold: the event that could not be applied is left out, and those that were held are applied in their
/// order, as if the event that ends it had brought them all.
extension Batch {
    /// Whether a skip is about an anomaly that the view has. After `begin`.
    package func hasAnomaly(_ skip: SystemEvents.Skip) -> Bool {
        heldCount(skip) != nil
    }

    /// How many events are held because of it; `nil` where the view has no such anomaly. After `begin`.
    package func heldCount(_ skip: SystemEvents.Skip) -> Int? {
        guard hasHolds, let key = holdKey(skip), let anomaly = stored(key).anomaly, anomaly.position == skip.position
        else { return nil }
        return anomaly.heldCount
    }

    private func holdKey(_ skip: SystemEvents.Skip) -> HoldKey? {
        guard let model = views.catalogue[skip.collection] else { return nil }
        return HoldKey(
            space: target.space(of: model.number),
            key: skip.document.map { withKey($0) { Array($0) } } ?? AnomalyRow.key(ofNoneAt: skip.position))
    }

    /// Ends the hold that a skip is about, if the view has it; where a held event cannot be applied, it is the new anomaly, and
    /// those after it are held again. To be said after `beginEvent`.
    ///
    /// Performance: O(events held), as much for each as folding it.
    package func release(_ skip: SystemEvents.Skip, from log: EventLog, _ read: RecordReader) throws(ReplayError) {
        guard hasAnomaly(skip), let key = holdKey(skip) else { return }
        let positions: [UInt64]
        do throws(LMDBError) { positions = try heldPositions(key) } catch { throw .views(error) }
        change(key) { hold in
            hold.anomaly = nil
            hold.added = []
            hold.isReleased = true
        }
        for position in positions {
            try read(position) { (record) throws(ReplayError) in try applyHeld(record, key.space - 1, log) }
        }
    }

    private func applyHeld(_ record: Record, _ place: Int, _ log: EventLog) throws(ReplayError) {
        // Each can be undone alone.
        eventStamp += 1
        guard let type = views.catalogue.type(record.type) else { return }
        let data: Document
        do throws(KeyRingError) {
            let isSealed = record.personKeyID != nil && !views.catalogue.collections[place].personal.isEmpty
            let opened = isSealed ? try log.opened(record, destroyed: erasedKeys) : nil
            if let keyID = record.personKeyID, opened?.person != nil { seal(under: keyID, type) }
            data = opened?.data ?? Document(copying: record.data)
        } catch {
            return try noteUnreadable(record, type, [place], error)
        }
        data.withRaw { data in
            let isRead = type.give(record, data) { event in
                switch applyWatched(event, place) {
                case .applied:
                    holding.released.append((place + 1, self.position, record.position))
                case .held: break
                case .anomaly(let anomaly): note(anomaly, place, of: record, type)
                }
            }
            if !isRead { noteUnknownVersion(record, type, [place]) }
        }
        settleOwned()
    }

    /// What was accepted once stays, also where two documents hold one unique key.
    package func keepViolators() { conflicts.removeAll(keepingCapacity: true) }

    // MARK: Events that cannot be read

    /// Notes an event whose sealed data does not open, for views that hold what is personal.
    ///
    /// - Throws: what is the machine's fault, not the record's.
    func noteUnreadable(_ record: Record, _ type: Catalogue.EventType, _ places: [Int], _ error: KeyRingError)
        throws(ReplayError)
    {
        switch error {
        case .missingKey, .damagedKey, .damagedSeal: note(unreadable: record, type, places, "\(error)")
        case .file, .masterKeyFile, .wrongMasterKey, .damaged: throw .keys(error, position: record.position)
        }
    }

    /// Whose key sealed this record is not known: the log's index lacks it until the key is back.
    func noteUnopened(_ position: UInt64) { unopened = min(unopened ?? position, position) }

    /// Notes an event that a newer program wrote.
    func noteUnknownVersion(_ record: Record, _ type: Catalogue.EventType, _ places: [Int]) {
        note(unreadable: record, type, places, type.unknownVersion(of: record))
    }

    private func note(unreadable record: Record, _ type: Catalogue.EventType, _ places: [Int], _ reason: String) {
        let row = AnomalyRow(position: record.position, eventType: record.type, reason: reason)
        for place in places { note(row, place, ownDocument(of: record, type, place)) }
    }

    /// The key of the document that an event is about, in the view of the collection that declares it: the `_id` that a
    /// creation brings, or what the guard resolved under the entity's name.
    func ownDocument(of record: Record, _ type: Catalogue.EventType, _ place: Int) -> [UInt8]? {
        guard views.catalogue.collections[place].number == type.declaredBy else { return nil }
        let id =
            type.event.shape == .creation
            ? record.data.value(named: "_id") : record.resolved?.value(named: type.event.name.entity)
        return id?.objectID.map { withKey($0) { Array($0) } }
    }
}

extension Catalogue.EventType {
    /// Gives a record of this type to `body` as projectors see it, in the newest version. `data`: its payload, opened. False
    /// where a newer program wrote it.
    func give(_ record: Record, _ data: RawDocument, to body: (RecordedEvent) -> Void) -> Bool {
        guard knows(record.schemaVersion) else { return false }
        do throws(FoldError) {
            try read(record, data) { (event) throws(FoldError) in body(event) }
            return true
        } catch { return false }
    }

    func unknownVersion(of record: Record) -> String {
        "\(record.type) has schema version \(record.schemaVersion), this program knows "
            + "\(event.schemaVersion): use the one that wrote it, or a newer one"
    }
}
