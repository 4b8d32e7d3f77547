import Dispatch
public import LMDB
import Platform
import Schema
public import Views

/// Some collections as they were at a position, in a folder of their own, which goes with the last who reads them.
public final class PastSet: Sendable {
    public let position: UInt64
    /// By place in the catalogue.
    let places: Set<Int>
    /// What is supposed; `nil` for what was.
    let hypothesis: Hypothesis?
    /// Events that projectors could not apply where something is supposed.
    let passedOver: PassedOver
    let byteCount: Int
    let views: ViewStore
    private let target: ViewStore.Target
    private let disposal: DispatchQueue
    private let fileSystem: FileSystem

    init(
        _ views: ViewStore, _ key: PastFold.Key, _ passedOver: PassedOver, _ disposal: DispatchQueue,
        _ fileSystem: FileSystem
    ) throws(LMDBError) {
        self.views = views
        position = key.position
        places = key.places
        hypothesis = key.hypothesis
        self.passedOver = passedOver
        self.disposal = disposal
        self.fileSystem = fileSystem
        byteCount = try views.usedBytes()
        target = views.servingTarget()
    }

    /// The views as of `position`; of the collections that were asked for, and nothing of others.
    public func snapshot() throws(LMDBError) -> ViewSnapshot { try views.snapshot(target) }

    deinit {
        // A long map is let go of elsewhere.
        disposal.async { [views, fileSystem] in
            // One that stays is removed at the next start.
            try? fileSystem.removeTree(views.directory)
            withExtendedLifetime(views) {}
        }
    }
}
