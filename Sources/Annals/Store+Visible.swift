import LMDB
import Views

extension Store {
    /// The newest position that the views hold: every event up to it is durable, and readers see what it did.
    public var visiblePosition: UInt64 { visible.position }

    /// Waits until the views hold `position`: at most so long, until the store closes, or the task is cancelled. Whether they
    /// do.
    public func waitUntilVisible(_ position: UInt64, within limit: Duration) async -> Bool {
        if visiblePosition >= position { return true }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.visible.wait(for: position) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return visiblePosition >= position
    }

    /// The store closes, or has: nothing will become visible any more.
    public var isClosing: Bool { visible.isFinished }
}

/// Tells that a request's events are visible, by its answer.
struct VisibleAnswer: Sendable {
    let signal: PositionSignal
    let views: ViewStore

    /// Timers append events that no receipt names.
    func tell(_ result: Result<[Receipt], AppendError>, _ timers: PendingRequest.Timers) {
        if case .success(let receipts) = result, let last = receipts.map(\.position).max() {
            signal.advance(to: last)
        } else if timers != .none {
            do throws(LMDBError) {
                signal.advance(to: try views.checkpoint(in: views.beginRead()).position)
            } catch {
                // The next answer tells.
            }
        }
    }
}
