import Annals
import ArgumentParser
import EventLog
import Foundation
import Platform
import Projections
import Views

/// Where the store is, and opening it.
struct StoreDirectory: ParsableArguments {
    @Option(name: .customLong("data"), help: ArgumentHelp("Directory of the store.", valueName: "dir"))
    var path = "annals-data"

    @Option(
        name: .customLong("master-key"),
        help: ArgumentHelp(
            "File with the key that wraps the keys of persons; made on the first start. ANNALS_MASTER_KEY, 64 hex digits, goes "
                + "before it. DIR/keys/master unless said.", valueName: "file"))
    var masterKeyFile: String?

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

    /// `firesTimers`: for a server; tools that only look or import leave the clock alone.
    func open(isSilent: Bool, create: Bool, firesTimers: Bool = false) throws -> Store {
        if !create, try !FileSystem.system.exists(path + "/log") {
            throw Failure(.noInput, "there is no store in \(path); `annals import` or `annals serve` makes one")
        }
        let progress = Progress(isSilent: isSilent)
        defer { progress.end() }
        var options = StoreOptions()
        options.firesTimers = firesTimers
        options.report = { line in progress.show(line) }
        options.masterKey = try masterKey()
        let store = try Store(directory: path, collections: allCollections, options: options)
        if let word = store.masterKeyNotice { Console.note(word) }
        return store
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
