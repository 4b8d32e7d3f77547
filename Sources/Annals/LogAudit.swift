import EventLog
import Views

/// A log read through from its start: every checksum, the tree at each signed checkpoint, recorded time. Begins before
/// anything is folded: what a damaged record says may lead anywhere.
struct LogAudit {
    private(set) var frontier = MerkleFrontier()
    private(set) var notes: NoteAudit
    /// The last record's.
    private var leaf = Digest32.zero
    private var newest = Int64.min
    /// Where it goes on from, another run having come so far; 0: from the start.
    private(set) var resumedAt: UInt64 = 0
    var isResumed: Bool { resumedAt > 0 }

    init(_ notes: NoteAudit) { self.notes = notes }

    var position: UInt64 { frontier.size }
    var differences: [Difference] { notes.differences }

    /// Reads the records that are left, up to `last`.
    ///
    /// - Parameter onProgress: told after each chunk; what it is given may be kept, to go on from there.
    mutating func run(
        _ log: EventLog, through last: UInt64, threads: Int, _ onProgress: (LogAudit) throws(LogError) -> Void
    ) throws(LogError) {
        let sizes = notes.sizes
        try LogSweep(log, threads: threads).run(
            from: position + 1, through: last,
            needsLeaves: { positions in
                // At the end of a chunk, its hash is enough.
                sizes.contains { positions.contains($0) && $0 != positions.upperBound }
            }
        ) { (chunk) throws(LogError) in
            guard chunk.from >= newest else { throw .recordedTimeBackwards(position: chunk.first) }
            newest = chunk.through
            leaf = chunk.lastLeaf
            if let subtree = chunk.subtree {
                frontier.append(subtree, level: LogSweep.chunkLevel)
                notes.reached(frontier)
            }
            for leaf in chunk.leaves {
                frontier.append(leaf)
                notes.reached(frontier)
            }
            try onProgress(self)
        }
    }

    mutating func end() { notes.end(at: frontier) }

    // MARK: From one run to the next

    /// What a later run needs to go on; `nil` where it is not at a place for that, or something was found.
    var place: VerifiedPlace? {
        guard position > 0, position % LogSweep.chunkCount == 0, differences.isEmpty else { return nil }
        return VerifiedPlace(frontier: frontier, leaf: leaf, newest: newest, held: notes.held)
    }

    /// Goes on from there, where the log is still what it was: the same record stands there, under the same root, as far as
    /// `root` can tell without reading everything. False: all is to be read.
    mutating func resume(
        at place: VerifiedPlace, _ log: EventLog, root: (UInt64) throws(LogError) -> Digest32?
    ) throws(LogError) -> Bool {
        let size = place.frontier.size
        guard size > 0, size % LogSweep.chunkCount == 0, size <= log.head.position,
            try log.snapshot().record(at: size)?.leaf == place.leaf
        else { return false }
        if let root = try root(size), root != place.frontier.root { return false }
        var notes = notes
        guard notes.skip(through: size, held: place.held) else { return false }
        self.notes = notes
        frontier = place.frontier
        leaf = place.leaf
        newest = place.newest
        resumedAt = size
        return true
    }
}
