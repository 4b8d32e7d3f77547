internal import BSON
import EventLog
package import Schema

/// Events that a view cannot apply: each is undone in that view and noted with the document that its projector looked for;
/// later events whose projectors look for that document are held, in that view alone.
extension Batch {
    /// What became of an event in one view.
    package enum Outcome {
        case applied
        /// It is noted with the document that is held.
        case held
        /// The view is as it was. Nothing is noted yet.
        case anomaly(Anomaly)
    }

    /// Whether a view has documents that are held.
    public func isHolding(_ place: Int) -> Bool { hasHolds && holding.counts[place + 1].anomalies > 0 }

    /// Applies an event to one view, and leaves nothing of it there where it cannot be applied or is held.
    package func applyWatched(_ event: RecordedEvent, _ place: Int) -> Outcome {
        let space = place + 1
        let start = savepoint()
        keepsUndo = true
        holding.watchedSpace = space
        holding.lastLookedFor = nil
        holding.firstHeld = nil
        isWatching = true
        defer {
            keepsUndo = mode == .live
            // A replay undoes no more than this.
            if mode == .replay { undo.removeAll(keepingCapacity: true) }
        }
        var anomaly: Anomaly?
        do throws(Anomaly) { try views.catalogue.collections[place].apply(event, to: self) } catch { anomaly = error }
        isWatching = false
        if let key = holding.firstHeld {
            rollBack(to: start)
            hold(HoldKey(space: space, key: key), event.position)
            return .held
        }
        if let anomaly {
            rollBack(to: start)
            return .anomaly(anomaly)
        }
        return .applied
    }

    func watch(_ space: Int, _ key: UnsafeRawBufferPointer) {
        guard space == holding.watchedSpace else { return }
        let key = Array(key)
        holding.lastLookedFor = key
        if holding.firstHeld == nil, isHeld(HoldKey(space: space, key: key)) { holding.firstHeld = key }
    }

    // MARK: Noting

    /// Notes that an event cannot be applied to a view, with the document that its projector looked for last, or else the one
    /// that it is about.
    func note(_ anomaly: Anomaly, _ place: Int, of record: Record, _ type: Catalogue.EventType) {
        // A projector may quote anything of the event, and of documents it looked for.
        let isPersonal = record.personKeyID != nil || !views.catalogue.collections[place].personal.isEmpty
        let reason =
            anomaly.isOurs || !isPersonal
            ? anomaly.reason : "its projector's own words are not kept, since they may quote what is personal"
        let document = holding.lastLookedFor ?? ownDocument(of: record, type, place)
        note(AnomalyRow(position: record.position, eventType: record.type, reason: reason), place, document)
    }

    /// The same of an event that cannot be read, with the document that it is about, if that is known.
    func note(_ row: AnomalyRow, _ place: Int, _ document: [UInt8]?) {
        let key = HoldKey(space: place + 1, key: document ?? AnomalyRow.key(ofNoneAt: row.position))
        if isHeld(key) { return hold(key, row.position) }
        change(key) { $0.anomaly = row }
        holding.passedOver.append((key.space, row.position))
        hasHolds = true
    }

    /// In place, and undone by itself: a document may hold very many.
    private func hold(_ key: HoldKey, _ position: UInt64) {
        _ = stored(key)
        guard let wasDirty = holding.add(position, to: key) else { return }
        if mode == .live { undo.append(.held(key, wasDirty: wasDirty)) }
        holding.passedOver.append((key.space, position))
    }

    func change(_ key: HoldKey, _ body: (inout Hold) -> Void) {
        let before = stored(key)
        if mode == .live { undo.append(.hold(key, before)) }
        var after = before
        body(&after)
        after.isDirty = true
        put(after, at: key)
    }

    func put(_ hold: Hold, at key: HoldKey) {
        holding.counts[key.space].add(holding.holds[key], -1)
        holding.counts[key.space].add(hold, 1)
        holding.textBytes += hold.anomaly?.textBytes ?? 0
        holding.holds[key] = hold
    }

    // MARK: Looking

    func isHeld(_ key: HoldKey) -> Bool {
        hasHolds && holding.counts[key.space].anomalies > 0 && stored(key).anomaly != nil
    }

    /// What the batch knows of a document; looked up the first time.
    func stored(_ key: HoldKey) -> Hold {
        if let known = holding.holds[key] { return known }
        let row: [UInt8] = [SideKind.anomaly] + key.key
        var hold = Hold()
        hold.anomaly = row.withUnsafeBytes { read($0, in: target.side(key.space)) }.flatMap { AnomalyRow($0) }
        holding.textBytes += key.key.count + (hold.anomaly?.textBytes ?? 0)
        holding.holds[key] = hold
        return hold
    }
}
