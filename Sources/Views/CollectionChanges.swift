internal import Synchronization

/// Since which position each collection is as it is: what tells a reader of many pages that none of them saw a change.
///
/// In memory alone: of what was before the views were opened, it knows no more than that it may have been a change.
final class CollectionChanges: Sendable {
    /// By space: the end of the last batch that changed one of its documents.
    private let last: Mutex<[UInt64]>

    init(spaceCount: Int) { last = Mutex(Array(repeating: .max, count: spaceCount)) }

    func begin(at position: UInt64) {
        last.withLock { last in
            for space in last.indices { last[space] = position }
        }
    }

    /// Before the change can be seen: who sees it finds it here.
    func note(_ spaces: [Bool], at position: UInt64) {
        last.withLock { last in
            for space in spaces.indices where spaces[space] { last[space] = max(last[space], position) }
        }
    }

    func isUnchanged(_ space: Int, since position: UInt64) -> Bool { last.withLock { $0[space] <= position } }
}
