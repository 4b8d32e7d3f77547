import ArgumentParser
import Foundation
import Platform

/// The key that a server asks for: never among the arguments, which everybody on the machine can read.
struct ServerKey: ParsableArguments {
    @Option(
        name: .customLong("key-file"),
        help: ArgumentHelp(
            "File with a key of the server's API, where it has keys. ANNALS_KEY goes before it.", valueName: "file"))
    var file: String?

    func text() throws -> String? {
        if let given = ProcessInfo.processInfo.environment["ANNALS_KEY"], !given.isEmpty { return given }
        guard let file else { return nil }
        let bytes = try FileSystem.system.readWhole(file)
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
