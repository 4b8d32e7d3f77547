import Annals
import AnnalsClient
import ArgumentParser
import Foundation
import Platform

/// Where a question about secrets goes: to a directory, or to a server, which takes its check key for it, through the
/// socket in the directory too.
struct CheckPlace: ParsableArguments {
    @Option(help: ArgumentHelp("Ask this server in place of a directory.", valueName: "url")) var url: String?
    @Option(
        help: ArgumentHelp(
            "File with the server's check key, where a server is asked. ANNALS_CHECK_KEY goes before it.",
            valueName: "file")) var checkKeyFile: String?
    @OptionGroup var directory: StoreDirectory

    func ask(
        isSilent: Bool, directly: (Store) async throws -> Void, through: (AnnalsClient) async throws -> Void
    ) async throws {
        let key = try key()
        if let url { return try await AnnalsClient(url: url, key: key).closing(through) }
        try await directory.askWaiting(isSilent: isSilent, key: key, directly: directly, through: through)
    }

    private func key() throws -> String? {
        if let given = ProcessInfo.processInfo.environment["ANNALS_CHECK_KEY"], !given.isEmpty { return given }
        guard let checkKeyFile else { return nil }
        let bytes = try FileSystem.system.readWhole(checkKeyFile)
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
