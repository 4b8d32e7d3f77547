import BSON
import LMDB
public import Schema
public import Views

/// What would be different had one event been otherwise: documents before (as it is) and after (as it would be).
public struct WhatIf: Sendable {
    public let supposing: Supposing
    /// Up to which position events were folded.
    public let position: UInt64
    public let collections: [CollectionDifference]
    /// Later events that projectors could not apply: their collections stay as they were before each.
    public let passedOver: PassedOver

    public var count: Int { collections.reduce(0) { $0 + $1.count } }
}

extension PastViews {
    /// Folds the collections that follow the event once with and once without it, up to `position`, as sets are; then
    /// compares. As long as it takes. `most`: documents of a collection that are kept; all are counted.
    public func whatIf(
        _ supposing: Supposing, asOf position: UInt64, keeping most: Int = 100,
        onProgress: (@Sendable (Replay.Progress) -> Void)? = nil
    ) throws(PastError) -> WhatIf {
        let then = try set(key(supposing.models, position, supposing: supposing.hypothesis), onProgress)
        do throws(LMDBError) {
            let live = try history.views.snapshot()
            if live.position == position { return try compare(supposing, live, then, most) }
        } catch { throw .views(error) }
        let real = try set(supposing.models, asOf: position, onProgress: onProgress)
        do throws(LMDBError) { return try compare(supposing, try real.snapshot(), then, most) } catch {
            throw .views(error)
        }
    }

    /// The same where nobody may wait long: both sets are folded on as long as it takes, and who asks again finds them.
    public func whatIf(
        _ supposing: Supposing, asOf position: UInt64, keeping most: Int = 100, within limit: Duration
    ) async throws(PastError) -> WhatIf {
        let then = try await set(
            key(supposing.models, position, supposing: supposing.hypothesis), within: limit)
        let real = try await set(supposing.models, asOf: position, within: limit)
        // Sets rest: whoever reads them long holds nobody up but those who ask the same.
        return try await questions.run { [self] () throws(PastError) in
            do throws(LMDBError) { return try compare(supposing, try real.snapshot(), then, most) } catch {
                throw .views(error)
            }
        }
    }

    private func compare(
        _ supposing: Supposing, _ real: borrowing ViewSnapshot, _ then: PastSet, _ most: Int
    ) throws(LMDBError) -> WhatIf {
        let supposed = try then.snapshot()
        var collections: [CollectionDifference] = []
        for model in supposing.models {
            var difference = CollectionDifference(model)
            try supposed.forEachDifference(model, from: real) { key, before, after in
                guard let id = (after ?? before)?["_id"]?.objectID,
                    let found = DocumentDifference(
                        id, before.map { Document(copying: $0) }, after.map { Document(copying: $0) }, model)
                else { return true }
                difference.add(found, keeping: most)
                return true
            }
            collections.append(difference)
        }
        return WhatIf(
            supposing: supposing, position: then.position, collections: collections, passedOver: then.passedOver)
    }
}
