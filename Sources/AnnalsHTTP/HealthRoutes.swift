internal import Annals
internal import BSON
internal import Hummingbird

/// For whoever watches over the process.
struct HealthRoutes {
    let store: Store

    init(_ store: Store) { self.store = store }

    func add(to router: Router<BasicRequestContext>) {
        let store = store
        router.get("/livez") { _, _ in Response.json(.ok, ["status": "alive"]) }
        router.get("/readyz") { _, _ in
            if let reason = store.stopReason {
                throw Problem(.serviceUnavailable, "stopped", "The store takes no events", reason)
            }
            return Response.json(.ok, ["status": "ready", "position": .int64(Int64(clamping: store.position))])
        }
    }
}
