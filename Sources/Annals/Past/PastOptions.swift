/// What looking back at whole collections may cost. The defaults are for a server.
public struct PastOptions: Sendable {
    /// Sets of views that are kept for the next question, and their bytes together with the one being folded.
    public var mostSets = 8
    public var mostBytes = 32 << 30
    /// How long folding one may take.
    public var mostSeconds = 600
    /// Sets that wait to be folded, beside the one that is.
    public var mostWaiting = 8
    public var threads = 1
    /// Of one run: what is folded before it is written. Runs are short, since each holds a snapshot of the log.
    public var memoryBytes = 32 << 20

    public init() {}

    /// For a process that has the directory to itself, and somebody who waits.
    public static let unbounded: PastOptions = {
        var options = PastOptions()
        options.mostBytes = .max
        options.mostSeconds = .max
        options.threads = .max
        options.memoryBytes = 256 << 20
        return options
    }()
}
