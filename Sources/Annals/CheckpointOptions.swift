public import Platform
public import Proofs

/// How often a store signs how far it is, with which key, and who is told.
public struct CheckpointOptions: Sendable {
    /// Seconds after the one before, where the log moved; 0: only when asked.
    public var seconds = 60
    /// Events after the one before.
    public var events: UInt64 = 100_000
    /// A file elsewhere with the key that signs, made on the first use; `nil`: `keys/log-signing` in the store's directory.
    /// Elsewhere is better: who can write the log should not be able to sign for it.
    public var signingKey: String?
    /// The log's name in its checkpoints, such as `example.com/orders`, given when the key is made; `nil`: `annals/`
    /// and the log's origin, 32 hex digits.
    public var origin: String?
    /// Where checkpoints go, so that they are not where the log is.
    public var sinks: [CheckpointSink] = []
    /// Seconds without any sink having taken one, after which there is a warning.
    public var patienceSeconds = 600

    public init() {}
}

/// Somebody outside who keeps checkpoints.
public struct CheckpointSink: Sendable {
    /// For messages and metrics: a path, an address.
    public let name: String
    /// Throws where it was not taken; it is sent the next one then.
    public let send: @Sendable (SignedNote) async throws -> Void

    public init(name: String, send: @escaping @Sendable (SignedNote) async throws -> Void) {
        self.name = name
        self.send = send
    }

    /// A file that each is appended to, an empty line after each.
    public static func file(_ path: String, _ fileSystem: FileSystem = .system) -> CheckpointSink {
        CheckpointSink(name: path) { note in try NoteFile(path: path, fileSystem: fileSystem).append(note) }
    }
}
