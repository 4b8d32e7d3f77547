import BSON
import EventLog
import Platform
import Proofs
import Synchronization

/// Signs how far the log is: every so often beside the sequencer, and when asked.
///
///     DIR/checkpoints/newest           the newest, replaced as a whole
///     DIR/checkpoints/YYYY-MM.notes    one an hour, and each that was asked for
final class Checkpoints: Sendable {
    private struct State {
        var signer: NoteSigner?
        var isLoaded = false
        var newest: (note: SignedNote, checkpoint: LogCheckpoint)?
        /// Milliseconds; of the newest, and of the last that was put with the others.
        var madeAt: Int64
        var filedAt: Int64?
        var problem: String?
    }

    private let directory: String
    private let identity: LogIdentity
    /// What is added to the key's name for a log beside the store's own; empty for that.
    private let suffix: String
    private let kept: KeptCheckpoints
    private let options: StoreOptions
    private let state: Mutex<State>
    let sinks: CheckpointSinks
    private static let millisecondsBetweenFiled: Int64 = 3_600_000

    /// - Parameters:
    ///   - directory: the store's.
    ///   - identity: of the store's log, for which the key is.
    ///   - notes: the directory with the checkpoints; `nil`: the store's.
    ///   - suffix: of the name that is signed under, for a log beside the store's own.
    init(
        directory: String, identity: LogIdentity, options: StoreOptions, notes: String? = nil, suffix: String = ""
    ) {
        self.directory = directory
        self.identity = identity
        self.options = options
        self.suffix = suffix
        kept = KeptCheckpoints(directory: notes ?? directory, fileSystem: options.fileSystem)
        state = Mutex(State(madeAt: options.clock.now()))
        sinks = CheckpointSinks(options)
    }

    /// What is signed for: a position that the views hold, and the root there.
    typealias Head = (size: UInt64, root: Digest32)

    /// About once a second. What fails is told once, and tried again with the next.
    func keepUp(_ head: () throws(CheckpointError) -> Head) {
        let rules = options.checkpoints
        guard rules.seconds > 0 else { return }
        do throws(CheckpointError) {
            let now = options.clock.now()
            let (madeAt, newest) = try state.withLock { (state) throws(CheckpointError) in
                try load(&state)
                return (state.madeAt, state.newest?.checkpoint.size ?? 0)
            }
            let current = try head()
            sinks.look(now)
            guard current.size > newest else { return }
            let isDue = now - madeAt >= Int64(rules.seconds) * 1_000 || current.size - newest >= rules.events
            guard isDue else { return }
            sinks.send(try make(current, files: false), now)
            state.withLock { $0.problem = nil }
        } catch {
            let text = "\(error)"
            let isNew = state.withLock { state in
                defer { state.problem = text }
                return state.problem != text
            }
            if isNew { options.report("warning: no checkpoint was signed: \(text)") }
        }
    }

    /// The newest, where there is one.
    func newest() throws(CheckpointError) -> SignedNote? {
        try state.withLock { (state) throws(CheckpointError) in
            try load(&state)
            return state.newest?.note
        }
    }

    /// Signed now, unless the newest is of the same position; and kept with the others.
    func now(_ head: Head) throws(CheckpointError) -> SignedNote {
        guard head.size > 0 else { throw .empty }
        let before = try newest()
        let note = try make(head, files: true)
        if note != before { sinks.send(note, options.clock.now()) }
        return note
    }

    /// Signs for a tree that the log once was, without keeping it.
    func sign(_ head: Head) throws(CheckpointError) -> SignedNote {
        let signer = try signer()
        let checkpoint = checkpoint(head, signer)
        do throws(ProofError) { return try signer.sign(checkpoint.text) } catch { throw .note(error) }
    }

    private func checkpoint(_ head: Head, _ signer: NoteSigner) -> LogCheckpoint {
        LogCheckpoint(
            origin: signer.key.name, size: head.size, root: head.root,
            extensions: suffix.isEmpty ? identity.checkpointLines : [])
    }

    var key: NoteKey { get throws(CheckpointError) { try signer().key } }

    /// When the newest was made, in milliseconds, and its position.
    var age: (size: UInt64, at: Int64)? {
        state.withLock { state in state.newest.map { ($0.checkpoint.size, state.madeAt) } }
    }

    // MARK: Keys and files

    private func signer() throws(CheckpointError) -> NoteSigner {
        try state.withLock { (state) throws(CheckpointError) in try signer(&state) }
    }

    private func signer(_ state: inout State) throws(CheckpointError) -> NoteSigner {
        if let signer = state.signer { return signer }
        let rules = options.checkpoints
        let file = SigningKeyFile(
            path: rules.signingKey ?? directory + "/keys/log-signing", fileSystem: options.fileSystem)
        let signer: NoteSigner
        if let found = try file.load() {
            signer = found
        } else {
            let name = rules.origin ?? "annals/\(identity.origin)"
            try check(name, file)
            signer = try file.make(
                name: name, seed: options.randomness.bytes(NoteSigner.seedByteCount))
            options.report(
                "made the key that signs checkpoints, \(file.path): give auditors the line in \(file.path).pub")
        }
        if let origin = rules.origin, origin != signer.key.name {
            throw .key(path: file.path, problem: "it is of the log \(signer.key.name), not of \(origin)")
        }
        try check(signer.key.name, file)
        guard !suffix.isEmpty else {
            state.signer = signer
            return signer
        }
        do throws(ProofError) {
            let named = try signer.named(signer.key.name + suffix)
            state.signer = named
            return named
        } catch { throw .note(error) }
    }

    /// What was signed for a log that this one continues must not be contradicted under its name.
    private func check(_ name: String, _ file: SigningKeyFile) throws(CheckpointError) {
        guard let ancestor = identity.ancestors.first(where: { $0.names.contains(name) }) else { return }
        throw .key(
            path: file.path,
            problem:
                "it is for \(name), the log that this one continues from position \(ancestor.position) on: a log of its "
                + "own takes a key file and a name of its own (--signing-key, --log-name)")
    }

    private func load(_ state: inout State) throws(CheckpointError) {
        guard !state.isLoaded else { return }
        if let note = try kept.newest() {
            do throws(ProofError) { state.newest = (note, try LogCheckpoint(note)) } catch { throw .note(error) }
        }
        state.isLoaded = true
    }

    private func make(_ head: Head, files: Bool) throws(CheckpointError) -> SignedNote {
        try state.withLock { (state) throws(CheckpointError) in
            try load(&state)
            let now = options.clock.now()
            if let newest = state.newest {
                // Two trees of one name would accuse the log of what an operator did.
                guard head.size >= newest.checkpoint.size else {
                    throw .beyondEnd(asked: newest.checkpoint.size, end: head.size)
                }
                if head.size == newest.checkpoint.size {
                    guard head.root == newest.checkpoint.root else { throw .rewritten(size: head.size) }
                    return newest.note
                }
            }
            let signer = try signer(&state)
            let checkpoint = checkpoint(head, signer)
            let note: SignedNote
            do throws(ProofError) { note = try signer.sign(checkpoint.text) } catch { throw .note(error) }
            let isFiled = files || state.filedAt.map { now - $0 >= Self.millisecondsBetweenFiled } ?? true
            try kept.keep(note, at: now, files: isFiled)
            state.newest = (note, checkpoint)
            state.madeAt = now
            if isFiled { state.filedAt = now }
            return note
        }
    }
}

extension LogIdentity {
    /// What every checkpoint says of a log that continues another: that one's name, how far, and the root there.
    var checkpointLines: [String] {
        guard let ancestor = ancestors.last else { return [] }
        var root: [UInt8] = []
        ancestor.root.withUnsafeBytes { Base64.encode($0, into: &root) }
        let name = ancestor.name.isEmpty ? "annals/\(ancestor.origin)" : ancestor.name
        return ["continues \(name) \(ancestor.position) \(String(decoding: root, as: UTF8.self))"]
    }
}

extension LogAncestor {
    /// Under which its checkpoints may have been signed.
    fileprivate var names: Set<String> { [name, "annals/\(origin)"] }
}
