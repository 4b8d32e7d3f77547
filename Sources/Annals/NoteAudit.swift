import EventLog
import Proofs
import Views

/// Holds a log, while it is read from its start, against checkpoints that were signed before.
struct NoteAudit {
    private let checkpoints: [LogCheckpoint]
    private var next = 0
    private(set) var differences: [Difference] = []

    /// - Parameter key: whose signatures are asked for; `nil`: what the notes say is believed.
    init(_ notes: [SignedNote], key: NoteKey?) {
        var checkpoints: [LogCheckpoint] = []
        for note in notes {
            do throws(ProofError) {
                let checkpoint = try LogCheckpoint(note)
                if let key, !key.verifies(note) {
                    differences.append(.note(checkpoint.size, "it has no valid signature of \(key.name)", nil))
                } else if let key, checkpoint.origin != key.name {
                    differences.append(.note(checkpoint.size, "it is of the log \(checkpoint.origin)", key.name))
                } else {
                    checkpoints.append(checkpoint)
                }
            } catch { differences.append(.note(0, "\(error)", nil)) }
        }
        self.checkpoints = checkpoints.sorted { $0.size < $1.size }
        reached(MerkleFrontier())
    }

    /// How many were held against the log.
    var count: Int { checkpoints.count }
    /// Of the sizes over which there is a checkpoint, in order.
    var sizes: [UInt64] { checkpoints.map(\.size) }
    /// Those that the log has led to so far.
    var held: [UInt64: Digest32] {
        Dictionary(checkpoints[..<next].map { ($0.size, $0.root) }) { first, _ in first }
    }

    /// The log was read so far. To be told at each of ``sizes``.
    mutating func reached(_ frontier: MerkleFrontier) {
        while next < checkpoints.count, checkpoints[next].size <= frontier.size {
            let signed = checkpoints[next]
            if signed.size != frontier.size || signed.root != frontier.root {
                differences.append(.note(signed.size, "the root is \(frontier.root)", "signed: \(signed.root)"))
            }
            next += 1
        }
    }

    /// Passes over what an earlier run has held against the log. False: of one it knew nothing.
    mutating func skip(through size: UInt64, held: [UInt64: Digest32]) -> Bool {
        while next < checkpoints.count, checkpoints[next].size <= size {
            guard checkpoints[next].size == 0 || held[checkpoints[next].size] == checkpoints[next].root else {
                return false
            }
            next += 1
        }
        return true
    }

    /// The log has ended.
    mutating func end(at frontier: MerkleFrontier) {
        for missing in checkpoints[next...] {
            differences.append(
                .note(missing.size, "the log ends at \(frontier.size)", "signed: \(missing.root) at \(missing.size)"))
        }
        next = checkpoints.count
    }
}

extension Difference {
    fileprivate static func note(_ size: UInt64, _ live: String, _ signed: String?) -> Difference {
        Difference(kind: .note, collection: "checkpoint", key: "\(size)", field: nil, live: live, replayed: signed)
    }
}
