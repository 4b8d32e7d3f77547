public import BSON
public import EventLog
internal import LMDB
public import Schema

/// Folds the events that touched a document anew, those alone: what it was at a position, and what each event made of it.
///
/// Postings say which events these are, also of a document that is gone. A document with a long history is folded from the
/// nearest version before that is kept. Where a projector looks at further documents of its collection, they are folded too,
/// just as far as the event needs them. The result is what a replay of the whole log up to that position gives, byte for byte,
/// with the keys of today: what was sealed of an erased person reads as in the scrubbed views, at every position.
///
/// Takes a snapshot for each thing it reads and lets go of it at once, so it holds up no writer. Not thread-safe.
///
/// Performance: O(events of the document since the nearest version that is kept: fewer than the catalogue's interval), and of
/// those its events look at, some 10 µs each. Successive calls of ``changes(at:)`` keep what they have folded.
public final class Refold {
    public let model: CollectionModel
    /// Documents folded so far are let go of beyond this, and folded again where needed.
    public var memoryBytes = 64 << 20
    /// Events that may be folded, all in all; beyond them it ends with `stopped`.
    public var mostEvents = Int.max
    /// Whether versions that are kept are taken for a start; else each document is folded from its first event.
    public var startsFromVersions = true
    let views: ViewStore
    private let log: EventLog
    private let place: Int
    private var lookup: EventTypeLookup
    /// Of each document the stretches of its history that were looked at.
    var documents: [[UInt8]: [RefoldedDocument]] = [:]
    private var keepsOlder = false
    var heldBytes = 0
    private var failure: LMDBError?

    /// `views`: those that say which events touched what.
    public init(_ views: ViewStore, log: EventLog, _ model: CollectionModel) {
        self.views = views
        self.log = log
        self.model = model
        place = views.servingTarget().space(of: model.number) - 1
        lookup = EventTypeLookup(views.catalogue)
    }

    // MARK: What is asked

    /// The document as it was once the event at `position` was applied; `nil` where there was none. A position that the
    /// views do not hold yet is taken for their newest.
    public func document(_ id: ObjectID, asOf position: UInt64) throws(ReplayError) -> Document? {
        if let live = try live(id, unchangedSince: position) { return live.document }
        if heldBytes > memoryBytes { start(keepingOlder: keepsOlder) }
        return try retrying { () throws(ReplayError) -> Document?? in
            if try find(id, asOf: position).lastApplied > position { start(keepingOlder: keepsOlder) }
            let fresh = try find(id, asOf: position)
            guard try bring(fresh, past: position) else { return nil }
            return .some(fresh.newest)
        }
    }

    /// What each event after `first` made of a document, oldest first, up to `last`, until `body` returns false.
    ///
    /// - Returns: whether any event up to `last` touched it, those up to `first` among them.
    @discardableResult
    public func forEachChange(
        of id: ObjectID, after first: UInt64 = 0, through last: UInt64 = .max, _ body: (DocumentChange) -> Bool
    ) throws(ReplayError) -> Bool {
        let (positions, isKnown) = try positions(of: id, after: first, through: last)
        var told = 0
        start(keepingOlder: false)
        try retrying { () throws(ReplayError) -> Void? in
            while told < positions.count {
                let position = positions[told]
                guard let changes = try apply(position) else { return nil }
                guard try find(id, before: position).lastApplied == position else { throw contradiction(position, id) }
                told += 1
                if let change = changes.first(where: { $0.id == id }), !body(change) { return () }
            }
            return ()
        }
        return isKnown
    }

    /// What the event at `position` made of documents of this collection; none where it is not followed. Cheapest in
    /// rising order.
    public func changes(at position: UInt64) throws(ReplayError) -> [DocumentChange] {
        if heldBytes > memoryBytes { start(keepingOlder: keepsOlder) }
        if documents.values.contains(where: { $0.contains { $0.lastApplied >= position } }) {
            start(keepingOlder: keepsOlder)
        }
        return try retrying { () throws(ReplayError) -> [DocumentChange]? in try apply(position) }
    }

    // MARK: Folding

    /// Runs `body` again, older versions kept, where it gives `nil`: a projector looked at an older one.
    private func retrying<R>(_ body: () throws(ReplayError) -> R?) throws(ReplayError) -> R {
        if let result = try body() { return result }
        start(keepingOlder: true)
        guard let result = try body() else {
            throw .fold(FoldError(position: 0, anomaly: Anomaly(model.number, "\(model.name): a version is lost")))
        }
        return result
    }

    private func start(keepingOlder: Bool) {
        documents.removeAll()
        heldBytes = 0
        keepsOlder = keepingOlder
    }

    /// Applies what touched a document up to `last`. False: an older version is needed.
    private func bring(_ document: RefoldedDocument, past last: UInt64) throws(ReplayError) -> Bool {
        while let position = document.next, position <= last {
            guard try apply(position) != nil else { return false }
            guard document.lastApplied >= position else { throw contradiction(position, document.id) }
        }
        return true
    }

    /// Applies one event, after what the documents that it looks at still lack. `nil`: an older version is needed.
    private func apply(_ position: UInt64) throws(ReplayError) -> [DocumentChange]? {
        // Documents that are wanted as they were before a position: the newest is worked on.
        var wanted: [(document: RefoldedDocument, before: UInt64)] = []
        while true {
            var event = position
            if let (document, before) = wanted.last {
                guard let next = document.next, next < before else {
                    wanted.removeLast()
                    continue
                }
                event = next
            }
            switch try attempt(event, tells: wanted.isEmpty) {
            case .forgotten: return nil
            case .needs(let other): wanted.append((other, event))
            case .applied(let changes):
                guard let (document, _) = wanted.last else { return changes }
                guard document.lastApplied >= event else { throw contradiction(event, document.id) }
            }
        }
    }

    private enum Outcome {
        case applied([DocumentChange])
        case needs(RefoldedDocument)
        case forgotten
    }

    private lazy var storage = RefoldStorage(
        model.number,
        find: { [unowned self] key, position in
            let known = Array(key)
            do throws(LMDBError) {
                return try self.document(known, before: position, knownThrough: position)
            } catch {
                self.failure = self.failure ?? error
                return nil
            }
        },
        state: { [unowned self] name, document, start in
            do throws(LMDBError) {
                let snapshot = try self.views.snapshot()
                return try snapshot.state(name, ofDocument: document.key, in: self.model, at: start)
            } catch {
                self.failure = self.failure ?? error
                return (true, nil)
            }
        })

    /// Tries one event on the documents as they are.
    private func attempt(_ position: UInt64, tells: Bool) throws(ReplayError) -> Outcome {
        mostEvents -= 1
        guard mostEvents >= 0 else { throw .stopped }
        storage.begin(position)
        var anomaly: FoldError?
        var mark: EventMark?
        do throws(LogError) {
            let snapshot = try log.snapshot()
            guard let record = try snapshot.record(at: position) else { throw .missingRecord(position: position) }
            do throws(FoldError) { try project(record) } catch { anomaly = error }
            if tells { mark = EventMark(record) }
        } catch { throw .log(error) }
        if let failure { throw .views(failure) }
        if storage.forgot { return .forgotten }
        if let missing = storage.missing { return .needs(missing) }
        if anomaly != nil || storage.entries.contains(where: { $0.isTouched && $0.document.next != position }),
            try isPassedOver(position)
        {
            return .applied([])
        }
        if let anomaly { throw .fold(anomaly) }
        return .applied(try settle(position, mark))
    }

    /// Whether the view did not apply the event at its position: it could not, or the event was held.
    private func isPassedOver(_ position: UInt64) throws(ReplayError) -> Bool {
        do throws(LMDBError) { return try views.snapshot().isPassedOver(position, in: model) } catch {
            throw .views(error)
        }
    }

    /// What was held and is applied at a position that ended a hold.
    private func projectReleased(at position: UInt64) throws(FoldError) {
        let released: [UInt64]
        do throws(LMDBError) { released = try views.snapshot().released(at: position, in: model) } catch {
            failure = failure ?? error
            return
        }
        for position in released {
            let record: StoredRecord?
            do throws(LogError) { record = try log.get(position) } catch {
                throw FoldError(position: position, anomaly: Anomaly(model.number, "\(error)", isOurs: true))
            }
            try record?.withRecord { (record) throws(FoldError) in try project(record) }
        }
    }

    private func project(_ record: Record) throws(FoldError) {
        if SystemEvents.isAnomalySkipped(record.typeUTF8) { return try projectReleased(at: record.position) }
        guard let type = lookup.type(record.typeUTF8), type.followers.contains(place) else { return }
        guard record.personKeyID != nil, !model.personal.isEmpty else {
            return try apply(record, type, record.data)
        }
        let opened: OpenedData
        do throws(KeyRingError) { opened = try log.opened(record) } catch {
            throw FoldError(position: record.position, anomaly: Anomaly(0, "\(error)"))
        }
        try opened.data.withRaw { (data) throws(FoldError) in try apply(record, type, data) }
    }

    private func apply(_ record: Record, _ type: Catalogue.EventType, _ data: RawDocument) throws(FoldError) {
        try type.read(record, data) { (event) throws(FoldError) in
            do throws(Anomaly) { try model.apply(event, to: storage) } catch {
                throw FoldError(position: record.position, anomaly: error)
            }
        }
    }

    /// Keeps what the event made.
    private func settle(_ position: UInt64, _ mark: EventMark?) throws(ReplayError) -> [DocumentChange] {
        var changes: [DocumentChange] = []
        for entry in storage.entries where entry.isTouched {
            let document = entry.document
            guard document.next == position else { throw contradiction(position, document.id) }
            let before = mark == nil ? nil : document.newest
            let after = entry.isPresent ? Document(copying: entry.bytes.pointee.raw) : nil
            heldBytes += document.apply(
                position, after, clearsState: entry.clearsState, entry.written, keepsOlder: keepsOlder)
            if let mark { changes.append(DocumentChange(event: mark, id: document.id, before: before, after: after)) }
        }
        return changes
    }

    /// The views say otherwise than the log: `replay verify` tells what is wrong.
    private func contradiction(_ position: UInt64, _ id: ObjectID) -> ReplayError {
        .fold(
            FoldError(
                position: position,
                anomaly: Anomaly(
                    model.number, "\(model.name) \(id): its postings and its projector differ on what touched it")))
    }
}
