import Foundation
import Glibc

/// Bytes changed at random in a log, its views, a backup, an export, checkpoints and proofs: each that alters content is
/// found, nothing hangs, and no record is read that is not what was written.
///
///     swift run -c release DamageCheck CHANGES [SEED] [EVENTS] [DIRECTORY]
///
/// Exit code 1 and a sentence where one is not. Changes are looked at in a child, which a page that makes no sense may end:
/// that is how `annals replay verify` is told, too.
@main struct DamageCheck {
    static func main() {
        let arguments = CommandLine.arguments
        do {
            if arguments.count == 6, arguments[1] == "look" {
                return try look(arguments[2], arguments[3], arguments[4], arguments[5])
            }
            guard arguments.count > 1, let changes = Int(arguments[1]), changes > 0 else {
                throw Failed("usage: DamageCheck CHANGES [SEED] [EVENTS] [DIRECTORY]")
            }
            let parent = arguments.count > 4 ? arguments[4] : NSTemporaryDirectory()
            try Tally(
                changes: changes, seed: arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : 1,
                events: arguments.count > 3 ? Int(arguments[3]) ?? 250 : 250,
                directory: parent + "/annals-damage-\(getpid())"
            ).run()
        } catch {
            say("FAILED: \(error)")
            exit(1)
        }
    }

    /// At once, also into a pipe.
    static func say(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
    }

    /// Longest that one may take.
    static let seconds: UInt32 = 120

    /// A life that may end at any of them: "at NUMBER STAGE", "end NUMBER FINDING", "served NUMBER HOW".
    private static func look(_ directory: String, _ seed: String, _ first: String, _ end: String) throws {
        guard let seed = UInt64(seed), let first = Int(first), let end = Int(end) else { throw Failed("not numbers") }
        let site = try Site(directory)
        let examination = try Examination(site)
        for number in first..<end {
            let change = try Change(number, seed: seed, site)
            alarm(Self.seconds)
            say("at \(number) change")
            try change.apply(site)
            switch examination.look(at: change, stage: { say("at \(number) \($0)") }) {
            case .found(let how): say("end \(number) found \(how)")
            case .withoutContent: say("end \(number) same")
            case .missed(let what): say("end \(number) missed \(what)")
            }
            if change.place == .log {
                say("at \(number) serve")
                switch examination.serve() {
                case .refused(let why): say("served \(number) refused \(why)")
                case .asItWas(let count): say("served \(number) same \(count)")
                case .altered(let position): say("served \(number) altered \(position)")
                }
            }
            try change.apply(site)
            say("at \(number) undone")
        }
        alarm(0)
    }
}
