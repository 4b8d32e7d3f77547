import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Platform
import Views

struct RootsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roots",
        abstract: "A root over all events and one for each view: stores with one log have the same.",
        discussion: """
            Two nodes compare these lines in place of their contents, or two dates: --at folds the log up to a position and gives \
            the roots of then; --against does so for the position of roots that you kept (--json), and tells which are other \
            ones. Erasing somebody changes no root of an earlier position. A view's root also covers which projector made it: \
            programs of different versions may differ there. Exit code 1 where roots differ.
            """)

    @OptionGroup var store: StorePlace
    @Option(help: ArgumentHelp("As of this position. Needs the directory for itself.", valueName: "position"))
    var at: UInt64?
    @Option(help: ArgumentHelp("File with roots, as --json prints them.", valueName: "file")) var against: String?
    @OptionGroup var output: Output

    func validate() throws {
        guard at == nil || store.url == nil else { throw ValidationError("--at reads a directory, not a server") }
        guard at == nil || against == nil else { throw ValidationError("give --at or --against, not both") }
    }

    func run() async throws {
        let kept = try against.map { try Self.read($0) }
        let roots = try await roots(at ?? kept?.position)
        if let kept { return try compare(roots, kept) }
        if output.isJSON { return try Console.printJSON(roots.document) }
        let width = roots.views.map(\.name.count).max() ?? 0
        func line(_ name: String, _ value: String) throws {
            try Console.print(name + String(repeating: " ", count: max(0, width - name.count) + 2) + value)
        }
        try line("position", Figure.grouped(roots.position))
        try line("log", "\(roots.log)")
        for view in roots.views { try line(view.name, "\(view.root)") }
    }

    private func compare(_ roots: ViewRoots, _ kept: ViewRoots) throws {
        let differing = (roots.log == kept.log ? [] : ["log"]) + roots.differing(from: kept)
        if output.isJSON {
            try Console.printJSON([
                "ok": .bool(differing.isEmpty), "position": .int64(Int64(clamping: roots.position)),
                "differing": .array(differing.map { .string($0) }),
            ])
        } else if differing.isEmpty {
            try Console.print(Console.green("the same") + " at position \(Figure.grouped(roots.position))")
        } else {
            try Console.print(Console.red("not the same") + " at position \(Figure.grouped(roots.position)):")
            for name in differing { try Console.print(name) }
        }
        if !differing.isEmpty { throw Failure(ExitCode(1), "") }
    }

    /// `position`: as of then; as of now unless said.
    private func roots(_ position: UInt64?) async throws -> ViewRoots {
        var found: ViewRoots?
        try await store.ask(isSilent: output.isJSON) { store in
            found = try roots(position, store)
        } through: { client in
            guard let roots = ViewRoots(try await client.roots()) else {
                throw Failure(.unavailable, "\(client.url) gives no roots")
            }
            guard position == nil || position == roots.position else {
                throw Failure(
                    .temporary,
                    "\(client.url) is at position \(roots.position), and only a directory that no server has open can be "
                        + "folded up to \(position ?? 0)")
            }
            found = roots
        }
        guard let found else { throw Failure(.software, "there are no roots") }
        return found
    }

    private func roots(_ position: UInt64?, _ store: Store) throws -> ViewRoots {
        let now = try store.roots()
        guard let position, position != now.position else { return now }
        let progress = Progress(isSilent: output.isJSON)
        defer { progress.end() }
        return try store.roots(asOf: position, scratch: store.directory + "/roots") {
            progress.show("folded \(Figure.grouped($0.position)) of \(Figure.grouped($0.through)) events")
        }
    }

    private static func read(_ path: String) throws -> ViewRoots {
        guard try FileSystem.system.exists(path) else { throw Failure(.noInput, "there is no file \(path)") }
        let bytes = try FileSystem.system.readWhole(path)
        guard let document = try? JSON.parse(bytes, extended: true), let roots = ViewRoots(document) else {
            throw Failure(.badData, "\(path) has no roots; `annals roots --json` prints them")
        }
        return roots
    }
}
