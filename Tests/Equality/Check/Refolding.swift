import Annals
import EventLog
import Projections
import Views

/// What the log makes of a store's views, held against what lives there.
struct Refolding {
    let directory: String
    let scratch: String

    /// A replay from nothing, in one part; then each collection rebuilt alone, all of which serve in the end.
    func run(_ tell: (String) -> Void) throws {
        let store = try Store(directory: directory, collections: allCollections, options: Importing.options())
        let replayed = try ViewStore(
            directory: scratch, catalogue: store.catalogue, options: Importing.options().views)
        try replayed.place(store.catalogue.collections)
        try Replay(store: replayed, log: store.log, threads: 1).catchUp()
        try compare(store, replayed, "a replay from nothing")
        tell("a replay from nothing: the same bytes")
        for place in store.catalogue.collections.indices {
            try Replay(store: store.views, log: store.log).rebuild([place], through: store.position)
        }
        guard store.views.servingTarget().slots.allSatisfy({ $0 == 1 }) else {
            throw Failed("not every collection serves from where it was rebuilt")
        }
        try compare(store, replayed, "each collection rebuilt alone")
        tell("each of \(store.catalogue.collections.count) collections rebuilt alone: the same bytes")
        let audit = try IndexAudit(store.views).differences()
        guard audit.isEmpty else { throw Failed("index entries: \(audit.prefix(5))") }
        try store.close()
    }

    private func compare(_ store: Store, _ replayed: ViewStore, _ what: String) throws {
        let differences = try Verification(live: store.views, replayed: replayed).differences()
        guard differences.isEmpty else { throw Failed("\(what): \(differences.prefix(5))") }
    }
}
