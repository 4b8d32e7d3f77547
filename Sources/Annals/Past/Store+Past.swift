public import Schema
public import Views

extension Store {
    /// Runs `body` on collections as they were at a moment, folded first where no kept set has them: as long as that takes.
    /// For programs that wait; servers ask `past`. No `await` inside.
    ///
    ///     try store.read(asOf: .recorded(monday), [users]) { snapshot in try find.run(snapshot) { … } }
    @discardableResult
    public func read<R>(
        asOf moment: PastMoment, _ models: [CollectionModel],
        onProgress: (@Sendable (Replay.Progress) -> Void)? = nil, _ body: (borrowing ViewSnapshot) throws -> R
    ) throws -> R {
        let position = try history.position(of: moment)
        do {
            let live = try snapshot()
            if live.position == position { return try body(live) }
        }
        let set = try past.set(models, asOf: position, onProgress: onProgress)
        return try body(try set.snapshot())
    }
}
