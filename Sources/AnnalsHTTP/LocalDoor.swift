internal import Annals
public import Hummingbird
internal import HummingbirdCore
public import Logging
internal import Platform

/// The same door as a socket in the store's directory: for programs on this machine that may use the directory, such as
/// `annals query --data DIR`, while a server has it open. Who can connect may everything, as who owns the files may.
public enum LocalDoor {
    /// A directory that only its owner may enter, and in it the socket.
    public static func path(inStore directory: String) -> String { directory + "/door/http" }

    /// What the system takes as a socket's path, in bytes.
    static let longestPath = 107
}

extension AnnalsServer {
    /// The local door, to be run beside `application`; `nil` where the directory's path is too long for a socket.
    public func localApplication(
        logger: Logger, onRunning: @escaping @Sendable () async -> Void = {}
    ) throws -> (any ApplicationProtocol)? {
        let path = LocalDoor.path(inStore: store.directory)
        guard path.utf8.count <= LocalDoor.longestPath else { return nil }
        let files = store.options.fileSystem
        try files.makeDirectories(FileSystem.parent(of: path))
        // One that was left: nobody listens there, since this process has the directory.
        do throws(FileError) { try files.remove(path) } catch { if !error.isMissing { throw error } }
        let departures = departures
        return Application(
            router: router(isLocal: true),
            server: .http1(configuration: .init(additionalChannelHandlers: [departures.watch()])),
            configuration: .init(address: .unixDomainSocket(path: path), serverName: "annals"),
            onServerRunning: { _ in await onRunning() }, logger: logger)
    }
}
