import Annals
import AnnalsClient
import AnnalsHTTP
import ArgumentParser
import Platform

/// Where a question goes: to a directory, or to a server. One that has the directory open on this machine is found by
/// itself.
struct StorePlace: ParsableArguments {
    @Option(help: ArgumentHelp("Ask this server in place of a directory.", valueName: "url")) var url: String?
    @OptionGroup var key: ServerKey
    @OptionGroup var directory: StoreDirectory

    /// Opens the directory for `directly`, or gives `through` a client of the server.
    func ask(
        isSilent: Bool, directly: (Store) throws -> Void, through: (AnnalsClient) async throws -> Void
    ) async throws {
        if let url { return try await with(try AnnalsClient(url: url, key: try key.text()), through) }
        do {
            return try directory.withStore(isSilent: isSilent, directly)
        } catch let error as StoreError {
            guard case .inUse = error, let socket = try socket() else { throw error }
            try await with(AnnalsClient(socket: socket), through)
        }
    }

    /// The same for what waits.
    func ask(
        isSilent: Bool, opened: (Store) async throws -> Void, through: (AnnalsClient) async throws -> Void
    ) async throws {
        if let url { return try await with(try AnnalsClient(url: url, key: try key.text()), through) }
        do {
            return try await directory.withOpenStore(isSilent: isSilent, opened)
        } catch let error as StoreError {
            guard let socket = try socket(of: error) else { throw error }
            try await with(AnnalsClient(socket: socket), through)
        }
    }

    /// Of the server that has the directory open, if that is the error.
    private func socket(of error: StoreError) throws -> String? {
        if case .inUse = error { try socket() } else { nil }
    }

    /// Gives a client of the server; nil where there is none to be found.
    func client() throws -> AnnalsClient? {
        if let url { return try AnnalsClient(url: url, key: try key.text()) }
        _ = try directory.existing()
        return try socket().map { AnnalsClient(socket: $0) }
    }

    func with(_ client: AnnalsClient, _ body: (AnnalsClient) async throws -> Void) async throws {
        do { try await body(client) } catch {
            try? await client.close()
            throw error
        }
        try await client.close()
    }

    /// The socket of the server that has the directory open, if there is one.
    private func socket() throws -> String? {
        let path = LocalDoor.path(inStore: directory.path)
        return try FileSystem.system.exists(path) ? path : nil
    }
}
