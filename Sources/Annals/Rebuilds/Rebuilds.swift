import Dispatch
import LMDB
import Schema
import Synchronization
public import Views

/// Views that are folded anew while the old ones serve and writers go on: one after the other, on a thread of their own.
///
/// What is folded lies in the view's other slot, and goes on after a crash (`resume`). When it is where the views are,
/// appends wait for a moment and it serves. What served before stays in its slot, to return to, until the next rebuild or
/// the next erasure.
public final class Rebuilds: Sendable {
    private let store: RebuiltStore
    private let queue = DispatchQueue(label: "annals.rebuilds", qos: .utility)
    /// By the name of the collection, what was last begun.
    private let all = Mutex<[String: RebuildStatus]>([:])
    private let isStopped = Atomic(false)

    init(_ store: RebuiltStore) { self.store = store }

    // MARK: Beginning

    /// Begins to fold these collections anew, all where none is named; of those that a crash or a closing store broke off,
    /// what is there is gone on with, unless there are anomalies.
    public func start(_ collections: [String], _ purpose: SlotProgress.Purpose = .toServe) throws(StoreError) {
        let places = try places(collections)
        try enqueue(places, purpose == .served ? .toServe : purpose, isAnew: try progress(places))
    }

    /// Goes on with what a crash or a closing store broke off.
    public func resume() throws(StoreError) {
        for (place, model) in store.views.catalogue.collections.enumerated() {
            guard let progress = try progress(of: model), progress.purpose != .served,
                progress.fingerprint == model.fingerprint
            else { continue }
            try enqueue([place], progress.purpose, isAnew: [try hasAnomalies(place)])
        }
    }

    /// Where there are any, in either slot, another program may have folded what is there than goes on with it: one that was
    /// mended says so nowhere. What it made would be neither's.
    private func hasAnomalies(_ place: Int) throws(StoreError) -> Bool {
        do throws(LMDBError) { return try store.views.hasAnomaliesInAnySlot(place) } catch { throw .views(error) }
    }

    /// Lets a view serve that was built to be reviewed.
    public func serve(_ collection: String) throws(StoreError) {
        let place = try self.place(collection)
        guard let progress = try progress(of: store.views.catalogue.collections[place]), progress.purpose == .toReview
        else { throw .rebuild(.nothingReady(collection: collection)) }
        try enqueue([place], .toServe, isAnew: [false])
    }

    /// Throws away what was built to be reviewed, or what served before.
    public func discard(_ collection: String) throws(StoreError) {
        let place = try self.place(collection)
        try begin([place], .toReview)
        defer { _ = tell(collection) { $0.state = .discarded } }
        do throws(LMDBError) { try store.views.emptyIdleSlot(place) } catch { throw .views(error) }
    }

    /// Lets the view serve again that served before, brought up to date.
    public func rollBack(_ collection: String) throws(StoreError) {
        let place = try self.place(collection)
        let model = store.views.catalogue.collections[place]
        guard let progress = try progress(of: model), progress.purpose == .served,
            progress.fingerprint == model.fingerprint
        else { throw .rebuild(.nothingToReturnTo(collection: collection)) }
        try enqueue([place], .toServe, isAnew: [false])
    }

    // MARK: Looking on

    /// What was begun since the store was opened, by name.
    public var statuses: [RebuildStatus] {
        all.withLock { $0.values.sorted { $0.collection < $1.collection } }
    }

    public func status(_ collection: String) -> RebuildStatus? { all.withLock { $0[collection] } }

    /// Breaks off what is under way, so that it can go on later.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        queue.sync {}
    }

    // MARK: Working

    private func place(_ collection: String) throws(StoreError) -> Int {
        guard let place = store.views.catalogue.collections.firstIndex(where: { $0.name == collection }) else {
            throw .notFound("there is no collection \(collection)")
        }
        return place
    }

    private func places(_ collections: [String]) throws(StoreError) -> [Int] {
        guard !collections.isEmpty else { return Array(store.views.catalogue.collections.indices) }
        var places: [Int] = []
        for name in collections {
            let place = try place(name)
            if !places.contains(place) { places.append(place) }
        }
        return places
    }

    private func progress(of model: CollectionModel) throws(StoreError) -> SlotProgress? {
        do throws(LMDBError) { return try store.views.slotProgress(of: model, in: store.views.beginRead()) } catch {
            throw .views(error)
        }
    }

    /// Whether each is to be folded from the first event: not where it was broken off.
    private func progress(_ places: [Int]) throws(StoreError) -> [Bool] {
        var isAnew: [Bool] = []
        for place in places {
            let progress = try progress(of: store.views.catalogue.collections[place])
            let isOver = progress.map { $0.purpose == .served || $0.purpose == .toReview } ?? true
            isAnew.append(try isOver ? true : hasAnomalies(place))
        }
        return isAnew
    }

    private func begin(_ places: [Int], _ purpose: SlotProgress.Purpose) throws(StoreError) {
        let names = places.map { store.views.catalogue.collections[$0].name }
        try all.withLock { (all) throws(StoreError) in
            if let busy = names.first(where: { all[$0].map { !$0.state.isOver } ?? false }) {
                throw .rebuild(.underway(collection: busy))
            }
            for name in names { all[name] = RebuildStatus(name, purpose) }
        }
    }

    private func enqueue(_ places: [Int], _ purpose: SlotProgress.Purpose, isAnew: [Bool]) throws(StoreError) {
        try begin(places, purpose)
        for (place, isAnew) in zip(places, isAnew) {
            queue.async { [self] in
                let name = store.views.catalogue.collections[place].name
                do {
                    try RebuildJob(
                        store: store, place: place, purpose: purpose, isAnew: isAnew, tell: { self.tell(name, $0) }
                    ).run()
                    if isStopped.load(ordering: .relaxed) {
                        _ = tell(name) { if !$0.state.isOver { $0.state = .interrupted } }
                    }
                } catch {
                    _ = tell(name) { status in
                        status.state = .failed
                        status.reason = "\(error)"
                    }
                }
            }
        }
    }

    private func tell(_ collection: String, _ change: (inout RebuildStatus) -> Void) -> Bool {
        all.withLock { all in
            if var status = all[collection] {
                change(&status)
                all[collection] = status
            }
        }
        return !isStopped.load(ordering: .relaxed)
    }
}
