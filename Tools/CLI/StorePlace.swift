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
            guard error.isInUse, let socket = try directory.socket() else { throw error }
            try await AnnalsClient(socket: socket).closing(through)
        }
    }

    /// The same for what waits.
    func askWaiting(
        isSilent: Bool, directly: (Store) async throws -> Void, through: (AnnalsClient) async throws -> Void
    ) async throws {
        if let url { return try await with(try AnnalsClient(url: url, key: try key.text()), through) }
        try await directory.askWaiting(isSilent: isSilent, directly: directly, through: through)
    }

    /// Gives a client of the server; nil where there is none to be found.
    func client() throws -> AnnalsClient? {
        if let url { return try AnnalsClient(url: url, key: try key.text()) }
        _ = try directory.existing()
        return try directory.socket().map { AnnalsClient(socket: $0) }
    }

    func with(_ client: AnnalsClient, _ body: (AnnalsClient) async throws -> Void) async throws {
        try await client.closing(body)
    }
}

extension StoreDirectory {
    /// Opens the directory for `directly`, or gives `through` a client of the server that has it open. `key`: what such a
    /// question takes on the socket too.
    func askWaiting(
        isSilent: Bool, key: String? = nil, directly: (Store) async throws -> Void,
        through: (AnnalsClient) async throws -> Void
    ) async throws {
        do {
            return try await withOpenStore(isSilent: isSilent, directly)
        } catch let error as StoreError {
            guard error.isInUse, let socket = try socket() else { throw error }
            try await AnnalsClient(socket: socket, key: key).closing(through)
        }
    }

    /// The socket of the server that has the directory open, if there is one.
    fileprivate func socket() throws -> String? {
        let path = LocalDoor.path(inStore: path)
        return try FileSystem.system.exists(path) ? path : nil
    }
}

extension StoreError {
    fileprivate var isInUse: Bool { if case .inUse = self { true } else { false } }
}

extension AnnalsClient {
    /// Runs `body`, and closes the client whatever becomes of it.
    func closing(_ body: (AnnalsClient) async throws -> Void) async throws {
        do { try await body(self) } catch {
            try? await close()
            throw error
        }
        try await close()
    }
}
