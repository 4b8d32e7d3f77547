internal import Annals
internal import BSON
internal import Hummingbird

/// For whoever watches over the process.
struct HealthRoutes {
    let store: Store
    /// Where reads are audited.
    let reads: ReadTrail?

    func add(to router: Router<CallContext>) {
        let (store, reads) = (store, reads)
        router.get("/livez") { _, _ in Response.json(.ok, ["status": "alive"]) }
        router.get("/readyz") { _, _ in
            if let reason = store.stopReason {
                throw Problem(.serviceUnavailable, "stopped", "The store takes no events", reason)
            }
            var ready: Document = ["status": "ready"]
            // Appends go on without it; what is lost is the proof that nothing is missing at the log's end.
            ready.append("highWaterWasMissing", .bool(store.log.highWaterWasMissing))
            ready.append("highWaterError", store.log.highWaterError.map { .string("\($0)") } ?? .null)
            ready.append("readerLag", .int64(Int64(store.longestReaderLag)))
            // Appends go on here, too.
            if let reads { ready.append("readsRefused", reads.failure.map { .string("\($0)") } ?? .null) }
            // It serves all the same.
            do throws(StoreError) {
                let count = try store.anomalyCount()
                ready.append("anomalies", .int64(Int64(count.anomalies)))
                ready.append("eventsHeld", .int64(Int64(count.held)))
            } catch { throw Problem(reading: error) }
            ready.append("position", .int64(Int64(clamping: store.position)))
            return Response.json(.ok, ready)
        }
    }
}
