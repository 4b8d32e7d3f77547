import EventLog
import LMDB
import Views

extension StoreOpening {
    mutating func tellAnomalies(_ views: ViewStore) throws(StoreError) {
        let count: AnomalyCount
        do throws(LMDBError) { count = try views.anomalyCount() } catch { throw .views(error) }
        guard count.anomalies > 0 else { return }
        decide(
            "warning: \(count.anomalies) events could not be applied to a view, and \(count.held) later ones of their "
                + "documents are held there; `annals anomalies list` tells which")
    }

    /// Whether a key is there that was missing when the log's index was made: whom its records are about is said in it.
    func keyObjection(_ views: ViewStore, _ log: EventLog) throws(StoreError) -> String? {
        let position: UInt64?
        do throws(LMDBError) { position = try views.unopened() } catch { throw .views(error) }
        guard let position else { return nil }
        do throws(LogError) {
            let snapshot = try log.snapshot()
            guard let record = try snapshot.record(at: position) else { return nil }
            do throws(KeyRingError) { _ = try log.opened(record) } catch { return nil }
            return "the key of position \(position) was missing when they were made, and is there now"
        } catch { throw .log(error) }
    }
}
