import EventLog
import Proofs
import Views

/// Holds a log, while it is read from its start, against checkpoints that were signed before.
struct NoteAudit {
    private let checkpoints: [LogCheckpoint]
    private var next = 0
    private var frontier = MerkleFrontier()
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
        compare()
    }

    /// How many were held against the log.
    var count: Int { checkpoints.count }

    /// Each record, from the first. Hashes up to the last checkpoint and no further.
    mutating func add(_ record: Record) {
        guard next < checkpoints.count else { return }
        frontier.append(record.leaf)
        compare()
    }

    private mutating func compare() {
        while next < checkpoints.count, checkpoints[next].size == frontier.size {
            let signed = checkpoints[next]
            if signed.root != frontier.root {
                differences.append(.note(signed.size, "the root is \(frontier.root)", "signed: \(signed.root)"))
            }
            next += 1
        }
    }

    /// The log has ended.
    mutating func end() {
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
