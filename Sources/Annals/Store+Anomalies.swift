public import BSON
import LMDB
internal import Schema
public import Views

/// Events that a view could not apply: looked at, tried again, left out.
extension Store {
    static let ownSource = "/annals"

    /// The anomalies of one view or of all, no more than `limit`; and how many there are.
    public func anomalies(_ collection: String? = nil, limit: Int = .max) throws(StoreError)
        -> (anomalies: [ViewAnomaly], count: AnomalyCount)
    {
        let models = try collection.map { (name) throws(StoreError) in [try self.collection(name)] }
        do throws(LMDBError) {
            let snapshot = try snapshot()
            var found: [ViewAnomaly] = []
            var sum = AnomalyCount()
            for model in models ?? catalogue.collections {
                let count = try snapshot.anomalyCount(model)
                sum.anomalies += count.anomalies
                sum.held += count.held
                guard found.count < limit else { continue }
                try snapshot.forEachAnomaly(model) { anomaly in
                    found.append(anomaly)
                    return found.count < limit
                }
            }
            return (found, sum)
        } catch { throw .views(error) }
    }

    /// Keys of unique indexes that more than one document holds, of one view or of all, no more than `limit`. They hold nothing.
    ///
    /// O(entries of unique indexes).
    public func duplicates(_ collection: String? = nil, limit: Int = .max) throws(StoreError) -> [DuplicateKey] {
        let models = try collection.map { (name) throws(StoreError) in [try self.collection(name)] }
        do throws(LMDBError) {
            let snapshot = try snapshot()
            var found: [DuplicateKey] = []
            for model in models ?? catalogue.collections where found.count < limit {
                try snapshot.forEachDuplicate(model) { duplicate in
                    found.append(duplicate)
                    return found.count < limit
                }
            }
            return found
        } catch { throw .views(error) }
    }

    /// How many there are in all views. O(collections).
    public func anomalyCount() throws(StoreError) -> AnomalyCount {
        do throws(LMDBError) { return try views.anomalyCount() } catch { throw .views(error) }
    }

    /// The anomaly that holds a document, or the one at a position that holds none.
    public func anomaly(_ collection: String, _ document: ObjectID?, at position: UInt64? = nil) throws(StoreError)
        -> ViewAnomaly
    {
        let model = try self.collection(collection)
        var found: ViewAnomaly?
        do throws(LMDBError) {
            try snapshot().forEachAnomaly(model) { anomaly in
                let isThis =
                    anomaly.document == document && (position.map { $0 == anomaly.position } ?? (document != nil))
                if isThis { found = anomaly }
                return !isThis
            }
        } catch { throw .views(error) }
        guard let found else {
            let what = document.map { "\($0)" } ?? position.map { "position \($0)" } ?? "no document"
            throw .notFound("\(collection) has no anomaly of \(what); `annals anomalies list` tells those there are")
        }
        return found
    }

    /// Leaves an event that a view cannot apply out of that view, and applies those that were held because of it: by a
    /// `system.anomalySkipped` in the log, so that every replay does the same. Where a held one cannot be applied either, it is the
    /// new anomaly.
    ///
    /// Appends wait while what was held is applied, some ten microseconds an event.
    @discardableResult
    public func skip(_ anomaly: ViewAnomaly, principal: String = "") async throws(AppendError) -> Receipt {
        let fields = SystemEvents.skipped
        var data = Document()
        data.append(fields.collection.descriptor.name, .string(anomaly.collection))
        if let document = anomaly.document { data.append(fields.document.descriptor.name, .objectID(document)) }
        data.append(fields.position.descriptor.name, .int64(Int64(clamping: anomaly.position)))
        let type = SystemEvents.anomalySkipped
        // The same may come to be again, once another one before it is skipped.
        let id = "skip \(anomaly.collection) \(anomaly.position) after \(position)"
        let event = NewEvent(id: id, source: Self.ownSource, type: type.event.name.description, data: data)
        let admitted: AdmittedEvent
        do throws(Refusals) { admitted = try admitter.admit(event, principal: principal, as: type) } catch {
            throw .refused([(0, error)])
        }
        return try await append(admitted: [admitted])[0]
    }

    /// Folds the views that have anomalies anew, of these collections or of all: for a program that was mended without
    /// another projector version.
    ///
    /// - Returns: those that are folded now; ``rebuilds`` tells how far they are.
    @discardableResult
    public func retryAnomalies(_ collections: [String] = []) throws(StoreError) -> [String] {
        var names: [String] = []
        for name in collections { names.append(try collection(name).name) }
        if collections.isEmpty { names = catalogue.collections.map(\.name) }
        let chosen: [String]
        do throws(LMDBError) {
            let snapshot = try snapshot()
            var having: [String] = []
            for name in names {
                guard let model = catalogue[name], try snapshot.anomalyCount(model).anomalies > 0 else { continue }
                having.append(name)
            }
            chosen = having
        } catch { throw .views(error) }
        if !chosen.isEmpty { try rebuilds.start(chosen) }
        return chosen
    }
}
