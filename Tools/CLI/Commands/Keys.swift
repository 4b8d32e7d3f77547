import Annals
import ArgumentParser
import BSON
import Platform

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Keys of the HTTP door: who may append, read, audit.",
        discussion: """
            Where there is a key, every request takes one (Authorization: Bearer …); where there is none, the server listens on \
            this machine alone. Works while a server runs on the directory, which takes notice within a second.
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    /// The directory, and its keys.
    struct Keys: ParsableArguments {
        @OptionGroup var store: StoreDirectory

        func file() throws -> APIKeyFile { APIKeyFile(directory: try store.existing()) }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key and print it; it is told once.")

        @Argument(help: "Whose it is, for people.") var name: String
        @Option(
            help: ArgumentHelp(
                "What it allows: append:TYPE (user.registered, user.*, *), read:COLLECTION (or read:*), audit, metrics, "
                    + "admin. May be given more than once.", valueName: "scope"),
            transform: { text in
                guard let scope = Scope(text) else { throw ValidationError("\(text) is no scope") }
                return scope
            }) var scope: [Scope] = []
        @Option(help: ArgumentHelp("Days until it is no good any more; never unless given.", valueName: "n"))
        var days: Int?
        @OptionGroup var keys: Keys
        @OptionGroup var output: Output

        func run() throws {
            guard !scope.isEmpty else { throw Failure(.usage, "\(APIKeyFile.Failure.noScopes)") }
            var expiresAt: DateTime?
            if let days {
                guard (1...36_500).contains(days) else { throw Failure(.usage, "--days is 1 to 36500") }
                expiresAt = DateTime(milliseconds: Clock.system.now() + Int64(days) * 86_400_000)
            }
            let (key, text) = try keys.file().create(name: name, scopes: scope, expiresAt: expiresAt)
            if output.isJSON {
                var document = key.described
                document.append("key", .string(text))
                try Console.printJSON(document)
            } else {
                try Console.print(text)
                Console.note("key \(key.id) of \(key.name): \(scope.map(\.description).joined(separator: " "))")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The keys there are, without what opens the door.")

        @OptionGroup var keys: Keys
        @OptionGroup var output: Output

        func run() throws {
            for key in try keys.file().all() {
                if output.isJSON {
                    try Console.printJSON(key.described)
                } else {
                    let end = key.expiresAt.map { "  until \($0)" } ?? ""
                    try Console.print(
                        "\(key.id)  \(key.name)  \(key.scopes.map(\.description).joined(separator: " "))\(end)")
                }
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a key away.")

        @Argument(help: "The key's id, as `annals keys list` shows it.") var id: String
        @OptionGroup var keys: Keys

        func run() throws {
            try keys.file().revoke(id)
            Console.note("key \(id) is revoked")
        }
    }
}

extension APIKey {
    fileprivate var described: Document {
        var document: Document = [
            "id": .string(id), "name": .string(name), "principal": .string(principal),
            "scopes": .array(scopes.map { .string($0.description) }), "createdAt": .string(createdAt.description),
        ]
        if let expiresAt { document.append("expiresAt", .string(expiresAt.description)) }
        return document
    }
}
