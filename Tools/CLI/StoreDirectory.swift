import Annals
import ArgumentParser
import EventLog
import Platform
import Projections
import Views

/// Where the store is, and opening it.
struct StoreDirectory: ParsableArguments {
    @Option(name: .customLong("data"), help: ArgumentHelp("Directory of the store.", valueName: "dir"))
    var path = "annals-data"

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

    /// The directory, where there is a store in it.
    func existing() throws -> String {
        guard try FileSystem.system.exists(path + "/log") else {
            throw Failure(.noInput, "there is no store in \(path); `annals import` or `annals serve` makes one")
        }
        return path
    }

    /// `firesTimers`: for a server; tools that only look or import leave the clock alone.
    func open(isSilent: Bool, create: Bool, firesTimers: Bool = false) throws -> Store {
        if !create { _ = try existing() }
        let progress = Progress(isSilent: isSilent)
        defer { progress.end() }
        var options = StoreOptions()
        options.firesTimers = firesTimers
        options.report = { line in progress.show(line) }
        return try Store(directory: path, collections: allCollections, options: options)
    }
}

/// `--json`, the same everywhere.
struct Output: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON on standard output and nothing else there.")
    var isJSON = false
}
