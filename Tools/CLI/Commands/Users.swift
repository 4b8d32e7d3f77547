import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Foundation
import Projections

struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Questions about accounts' secrets, which no read shows.",
        subcommands: [Check.self, FindResetToken.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Does this password, or backup code, fit: exit code 0 if it does, 1 if not.",
            discussion: """
                The secret is the first line of standard input, so that it stands in no list of processes and no history. \
                Somebody who is not there is answered as a wrong password is.
                """)

        @Option(help: ArgumentHelp("The user's _id.", valueName: "id")) var id: String?
        @Option(help: ArgumentHelp("Or the user's address.", valueName: "address")) var email: String?
        @Flag(help: "Check a backup code in place of the password.") var backupCode = false
        @OptionGroup var place: CheckPlace
        @OptionGroup var output: Output

        func validate() throws {
            guard (id == nil) != (email == nil) else { throw ValidationError("give --id or --email") }
            if let id, ObjectID(hex: id) == nil { throw ValidationError("--id takes 24 hexadecimal digits") }
        }

        func run() async throws {
            let field = (backupCode ? Users.field.backupCodes.descriptor : Users.field.password.descriptor).name
            let secret = try SecretInput.read(backupCode ? "Backup code: " : "Password: ")
            var fits = false
            try await place.ask(isSilent: output.isJSON) { store in
                let user =
                    try email.map { try store.find($0, field: Users.field.email.descriptor.name, in: Users.name) }
                    ?? id.flatMap { ObjectID(hex: $0) }
                fits = try await store.fits(secret, secret: field, of: user, in: Users.name)
            } through: { client in
                var question = Document(
                    [(Users.checks.id, id), ("email", email)].compactMap { name, text in
                        text.map { (name, Value.string($0)) }
                    })
                question.append(backupCode ? "backupCode" : "password", .string(secret))
                fits = try await client.fits(question, in: Users.name)
            }
            if output.isJSON {
                try Console.printJSON(["fits": .bool(fits)])
            } else {
                try Console.print(fits ? Console.green("it fits") : Console.red("it does not fit"))
            }
            if !fits { throw Failure(ExitCode(1), "") }
        }
    }

    struct FindResetToken: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "find-reset-token",
            abstract: "Whose reset token this is, unless it has expired: exit code 1 if nobody's.",
            discussion: "The token is the first line of standard input.")

        @OptionGroup var place: CheckPlace
        @OptionGroup var output: Output

        func run() async throws {
            let token = try SecretInput.read("Token: ")
            var user: String?
            try await place.ask(isSilent: output.isJSON) { store in
                user = try store.find(
                    token: token, field: Users.field.resetPasswordToken.descriptor.name, in: Users.name,
                    expiring: Users.field.resetPasswordExpires.descriptor.name)?.description
            } through: { client in
                let found = try await client.find(token: token, "find-by-reset-token", in: Users.name)
                user = found?[FieldPath(Users.checks.id)]?.text
            }
            if output.isJSON {
                try Console.printJSON(["userId": user.map { .string($0) } ?? .null])
            } else {
                try Console.print(user ?? "nobody has this token, or it has expired")
            }
            if user == nil { throw Failure(ExitCode(1), "") }
        }
    }
}
