import ArgumentParser
import Platform

/// `annals`: the store as a program.
@main
struct AnnalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annals",
        abstract:
            "An event-sourced backend: every change an event, every event folded into views before it is answered.",
        discussion: """
            Start with `annals serve --demo`. Every command takes --json where a program may read what it prints; exit \
            codes follow sysexits.h: 64 usage, 65 bad data, 66 no such input, 69 unavailable, 70 defect, 73 cannot \
            create, 74 input or output, 75 the directory is in use, 77 no permission, 78 unsafe file system.
            """,
        subcommands: [
            ServeCommand.self, ImportCommand.self, CollectionsCommand.self, QueryCommand.self, AggregateCommand.self,
            ExplainCommand.self, EventsCommand.self, ReadsCommand.self, KeysCommand.self, ParkedCommand.self,
            AnomaliesCommand.self,
            UsersCommand.self,
            ReplayCommand.self, VerifyProofCommand.self, RootsCommand.self,
            RebuildCommand.self, BackupCommand.self, RestoreCommand.self, ExportCommand.self,
            GenerateCommand.self,
            BenchCommand.self, ConstantCommand.self,
            ReferenceCommand.self,
        ])

    static func main() async {
        Console.ignoreBrokenPipes()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            try Console.flush()
        } catch {
            guard let failure = Failure(error) else { exit(withError: error) }
            try? Console.flush()
            if !failure.message.isEmpty { Console.note(Console.red("annals: ", on: .error) + failure.message) }
            exit(withError: failure.code)
        }
    }
}
