import Annals
import ArgumentParser
import EventLog
import Foundation
import Platform
import Projections
import Views

/// Where the store is, and opening it.
struct StoreDirectory: ParsableArguments {
    static let standardPath = "annals-data"

    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("Directory of the store; \(standardPath) unless said.", valueName: "dir")) var data: String?

    @Option(
        name: .customLong("master-key"),
        help: ArgumentHelp(
            "File with the key that wraps the keys of persons; made on the first start. ANNALS_MASTER_KEY, 64 hex digits, goes "
                + "before it. DIR/keys/master unless said.", valueName: "file"))
    var masterKeyFile: String?
    @Option(
        name: .customLong("signing-key"),
        help: ArgumentHelp(
            "File with the key that signs checkpoints; made on the first use. DIR/keys/log-signing unless said: elsewhere is "
                + "safer.", valueName: "file")) var signingKey: String?
    @Option(
        name: .customLong("log-name"),
        help: ArgumentHelp(
            "The log's name in its checkpoints, when the key is made, such as example.com/orders.", valueName: "name"))
    var logName: String?
    @Flag(
        name: .customLong("force-filesystem"),
        help: "Also on network and user-space file systems, where events could be lost.")
    var forcesFileSystem = false

    var path: String { data ?? Self.standardPath }

    /// Opens the store, made first where there is none, gives it to `body`, and closes it.
    func withStore<R>(isSilent: Bool = false, create: Bool = false, _ body: (Store) throws -> R) throws -> R {
        let store = try open(isSilent: isSilent, create: create)
        let result: R
        do {
            result = try body(store)
        } catch {
            try? store.close()
            throw error
        }
        try store.close()
        return result
    }

    /// The same for what waits.
    func withOpenStore<R>(isSilent: Bool, _ body: (Store) async throws -> R) async throws -> R {
        let store = try open(isSilent: isSilent, create: false)
        let result: R
        do {
            result = try await body(store)
        } catch {
            try? store.close()
            throw error
        }
        try store.close()
        return result
    }

    /// The directory, where there is a store in it.
    func existing() throws -> String {
        guard try FileSystem.system.exists(path + "/log") else {
            throw Failure(.noInput, "there is no store in \(path); `annals import` or `annals serve` makes one")
        }
        return path
    }

    /// `firesTimers`: for a server; tools that only look or import leave the clock alone.
    func open(
        isSilent: Bool, create: Bool, firesTimers: Bool = false, acceptsRollback: Bool = false,
        changing change: (inout StoreOptions) -> Void = { _ in }
    ) throws -> Store {
        if !create { _ = try existing() }
        let progress = Progress(isSilent: isSilent)
        defer { progress.end() }
        var options = try options()
        options.firesTimers = firesTimers
        // Only what stays open signs on its own; `change` may say how often.
        if !firesTimers {
            options.checkpoints.seconds = 0
            options.past = .unbounded
        }
        options.log.acceptRollback = acceptsRollback
        // Warnings stay; how far a rebuild is does not.
        options.report = { line in
            if line.hasPrefix("warning: ") { Console.note(line) } else { progress.show(line) }
        }
        change(&options)
        let store = try Store(directory: path, collections: allCollections, options: options)
        if let word = store.masterKeyNotice { Console.note(word) }
        return store
    }

    /// What the options here say of how a store is opened.
    func options() throws -> StoreOptions {
        var options = StoreOptions()
        options.forcesFileSystem = forcesFileSystem
        options.masterKey = try masterKey()
        options.checkpoints.signingKey = signingKey
        options.checkpoints.origin = logName
        return options
    }

    private func masterKey() throws -> MasterKeySource {
        if let text = ProcessInfo.processInfo.environment["ANNALS_MASTER_KEY"], !text.isEmpty {
            guard let key = MasterKey(hex: text) else {
                throw Failure(
                    .usage, "ANNALS_MASTER_KEY must be 64 hex digits; `openssl rand -hex 32` makes such a key")
            }
            return .given(key)
        }
        return masterKeyFile.map { .file($0) } ?? .inDirectory
    }
}

/// `--json`, the same everywhere.
struct Output: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON on standard output and nothing else there.")
    var isJSON = false
}
