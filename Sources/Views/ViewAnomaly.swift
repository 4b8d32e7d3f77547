public import BSON
public import LMDB
public import Schema

/// An event that a view could not apply. Later events of the document are held in that view, until it is skipped or the view
/// is folded anew by a projector that can.
public struct ViewAnomaly: Sendable, Hashable {
    public let collection: String
    /// The document whose events are held since; `nil` where none could be told, and none is held.
    public let document: ObjectID?
    /// Of the event.
    public let position: UInt64
    public let eventType: String
    /// Quotes nothing personal.
    public let reason: String
    /// Events held because of it.
    public let heldCount: Int
    /// The first of them.
    public let held: [UInt64]

    /// How many of `held` are told.
    static let mostHeld = 100
}

/// How many anomalies there are, and events held because of them.
public struct AnomalyCount: Sendable, Hashable {
    public var anomalies: Int
    public var held: Int

    public init(anomalies: Int = 0, held: Int = 0) {
        self.anomalies = anomalies
        self.held = held
    }
}

extension ViewSnapshot {
    /// O(1) for each collection.
    public func anomalyCount(_ model: CollectionModel) throws(LMDBError) -> AnomalyCount {
        let count = try store.holdCount(target, target.space(of: model.number), in: transaction)
        return AnomalyCount(anomalies: count.anomalies, held: count.held)
    }

    /// Of all views.
    public func anomalyCount() throws(LMDBError) -> AnomalyCount { try store.anomalyCount(target, transaction) }

    /// The anomalies of a view in the order of their documents' `_id`s, until `body` returns false.
    public func forEachAnomaly(_ model: CollectionModel, _ body: (ViewAnomaly) -> Bool) throws(LMDBError) {
        guard try anomalyCount(model).anomalies > 0 else { return }
        var cursor = try transaction.cursor(target.side(target.space(of: model.number)))
        let prefix = [SideKind.anomaly]
        var found = try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        while found, cursor.key.hasPrefix(prefix) {
            if let row = AnomalyRow(cursor.value) {
                let anomaly = ViewAnomaly(
                    collection: model.name, document: AnomalyRow.document(cursor.key), position: row.position,
                    eventType: row.eventType, reason: row.reason, heldCount: row.heldCount,
                    held: try held(Array(cursor.key.dropFirst()), model))
                guard body(anomaly) else { return }
            }
            found = try cursor.next()
        }
    }

    private func held(_ document: [UInt8], _ model: CollectionModel) throws(LMDBError) -> [UInt64] {
        try positions([SideKind.held] + document, model, most: ViewAnomaly.mostHeld)
    }

    /// The positions at the ends of keys that start with `prefix`.
    private func positions(_ prefix: [UInt8], _ model: CollectionModel, most: Int = .max) throws(LMDBError) -> [UInt64]
    {
        var cursor = try transaction.cursor(target.side(target.space(of: model.number)))
        var positions: [UInt64] = []
        var found = try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        while found, positions.count < most, cursor.key.hasPrefix(prefix) {
            positions.append(AnomalyRow.position(endOf: cursor.key))
            found = try cursor.next()
        }
        return positions
    }

    /// Whether the view did not apply the event at its own position.
    func isPassedOver(_ position: UInt64, in model: CollectionModel) throws(LMDBError) -> Bool {
        let key = [SideKind.passedOver] + AnomalyRow.bigEndian(position)
        return try key.withRawBytes { (key) throws(LMDBError) -> Bool in
            try transaction.get(key, in: target.side(target.space(of: model.number))) != nil
        }
    }

    /// Whether there ever was an event that the view did not apply at its own position.
    func hasPassedOver(_ model: CollectionModel) throws(LMDBError) -> Bool {
        try !positions([SideKind.passedOver], model, most: 1).isEmpty
    }

    /// The events that were held and were applied when the one at `position` ended their hold.
    func released(at position: UInt64, in model: CollectionModel) throws(LMDBError) -> [UInt64] {
        try positions([SideKind.released] + AnomalyRow.bigEndian(position), model)
    }
}

extension ViewStore {
    /// How many anomalies all views have. O(collections); also where no more snapshots are given.
    public func anomalyCount() throws(LMDBError) -> AnomalyCount {
        let transaction = try beginRead()
        return try anomalyCount(serving.target(at: transaction.identifier), transaction)
    }

    fileprivate func anomalyCount(_ target: Target, _ transaction: borrowing ReadTransaction) throws(LMDBError)
        -> AnomalyCount
    {
        var sum = AnomalyCount()
        for space in 1..<target.spaceCount {
            let count = try holdCount(target, space, in: transaction)
            sum.anomalies += count.anomalies
            sum.held += count.held
        }
        return sum
    }
}
