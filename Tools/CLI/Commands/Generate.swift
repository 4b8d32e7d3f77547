import ArgumentParser
import EventGenerator

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make events of a lively service, one CloudEvent per line: the same seed makes the same bytes.",
        discussion: "annals generate --events 100000 | annals import - --data demo")

    enum MixName: String, ExpressibleByArgument, CaseIterable {
        case everything, chat, real

        var mix: EventGenerator.Mix {
            switch self {
            case .everything: .everything
            case .chat: .chat
            case .real: .real
            }
        }
    }

    @Option(help: "How many events, 0 or more.") var events = 10_000
    @Option(help: "The most users alive at a time, 8 or more.") var users = 1_000
    @Option(help: "What the random numbers begin with.") var seed: UInt64 = 1
    @Option(help: "Proportions of the event types.") var mix = MixName.everything
    @Flag(help: "Also make the scheduler's events (a lock ends, a plan lapses), which a store makes itself.")
    var timers = false
    @Option(
        name: [.customLong("with-errors"), .customLong("errors")],
        help: "The share of events that must be refused, 0 to 1.")
    var errors = 0.0

    func validate() throws {
        if events < 0 { throw ValidationError("--events must be 0 or more") }
        if users < 8 { throw ValidationError("--users must be 8 or more") }
        if !(0...1).contains(errors) { throw ValidationError("--with-errors must be from 0 to 1") }
    }

    func run() throws {
        var generator = EventGenerator(
            seed: seed, users: users, mix: mix.mix, errorRate: errors, timers: timers)
        var line: [UInt8] = []
        for _ in 0..<events {
            line.removeAll(keepingCapacity: true)
            generator.next(into: &line)
            line.append(0x0A)
            try Console.write(line)
        }
    }
}
