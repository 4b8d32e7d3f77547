import BSON
import Platform
import Synchronization

/// The named consumers of a store, each a file of its own under `consumers/`, replaced durably at each acknowledgement.
public final class Consumers: Sendable {
    private let directory: String
    private let fileSystem: FileSystem
    private let clock: Clock
    private let newest: @Sendable () -> UInt64
    private let thread = FileThread("annals.consumers")
    /// How often each was connected to: the last connection counts.
    private let connections = Mutex<[String: UInt64]>([:])
    /// Each is a file, and is listed whole.
    public static let most = 1_000

    /// `newest`: the position up to which may be acknowledged.
    init(directory: String, fileSystem: FileSystem, clock: Clock, newest: @escaping @Sendable () -> UInt64) {
        self.directory = directory + "/consumers"
        self.fileSystem = fileSystem
        self.clock = clock
        self.newest = newest
    }

    // MARK: Which there are

    /// All, by name.
    public func all() async throws(ConsumerError) -> [Consumer] {
        try await thread.run { () throws(ConsumerError) in
            try self.names().map { (name) throws(ConsumerError) in try self.load(name) }
        }
    }

    public func get(_ name: String) async throws(ConsumerError) -> Consumer {
        try await thread.run { () throws(ConsumerError) in try self.load(name) }
    }

    /// The consumer of this name; made, to begin after `after`, where there is none. `filter`: `nil` for whichever it was
    /// made with.
    public func open(_ name: String, filter: EventFilter?, after: UInt64) async throws(ConsumerError) -> Consumer {
        try await thread.run { () throws(ConsumerError) in
            let (consumer, isNew) = try self.wanted(name, filter, after)
            if isNew { try self.store(consumer) }
            return consumer
        }
    }

    /// What `open` would give, and makes nothing.
    public func preview(_ name: String, filter: EventFilter?, after: UInt64) async throws(ConsumerError) -> Consumer {
        try await thread.run { () throws(ConsumerError) in try self.wanted(name, filter, after).consumer }
    }

    private func wanted(
        _ name: String, _ filter: EventFilter?, _ after: UInt64
    ) throws(ConsumerError) -> (consumer: Consumer, isNew: Bool) {
        do throws(ConsumerError) {
            let consumer = try load(name)
            if let filter, filter != consumer.filter { throw .otherFilter(name) }
            return (consumer, false)
        } catch {
            guard case .notFound = error else { throw error }
        }
        guard try names().count < Self.most else { throw .tooMany(limit: Self.most) }
        try checkIsThere(after)
        let now = DateTime(milliseconds: clock.now())
        return (Consumer(name: name, filter: filter ?? EventFilter(), acknowledged: after, createdAt: now), true)
    }

    /// Takes note that everything up to `position` is done. Late word of less changes nothing. Durable when it returns.
    public func acknowledge(_ name: String, _ position: UInt64) async throws(ConsumerError) -> Consumer {
        try await thread.run { () throws(ConsumerError) in
            var consumer = try self.load(name)
            try self.checkIsThere(position)
            guard position > consumer.acknowledged else { return consumer }
            consumer.acknowledged = position
            consumer.acknowledgedAt = DateTime(milliseconds: self.clock.now())
            try self.store(consumer)
            return consumer
        }
    }

    /// Its place is forgotten; its connections end.
    public func delete(_ name: String) async throws(ConsumerError) {
        try await thread.run { () throws(ConsumerError) in
            let path = try self.path(name)
            do throws(FileError) {
                try self.fileSystem.remove(path)
                try self.fileSystem.synchronize(self.directory)
            } catch { throw error.isMissing ? .notFound(name) : .file(error) }
        }
        _ = connect(name)
    }

    // MARK: Connections

    /// A new connection, which takes over from any before it: what `isConnected` is to be asked with.
    public func connect(_ name: String) -> UInt64 {
        connections.withLock { connections in
            connections[name, default: 0] += 1
            return connections[name, default: 0]
        }
    }

    /// Whether no other connection has taken over since.
    public func isConnected(_ name: String, _ connection: UInt64) -> Bool {
        connections.withLock { $0[name] } == connection
    }

    // MARK: Files

    private func checkIsThere(_ position: UInt64) throws(ConsumerError) {
        let newest = newest()
        guard position <= newest else { throw .ahead(position: position, newest: newest) }
    }

    private func path(_ name: String) throws(ConsumerError) -> String {
        guard Consumer.isName(name) else { throw .badName(name) }
        return directory + "/" + name + ".json"
    }

    private func names() throws(ConsumerError) -> [String] {
        do throws(FileError) {
            guard try fileSystem.exists(directory) else { return [] }
            return try fileSystem.list(directory).compactMap { name in
                name.hasSuffix(".json") ? String(name.dropLast(5)) : nil
            }
        } catch { throw .file(error) }
    }

    private func load(_ name: String) throws(ConsumerError) -> Consumer {
        let path = try path(name)
        let bytes: [UInt8]
        do throws(FileError) { bytes = try fileSystem.readWhole(path) } catch {
            throw error.isMissing ? .notFound(name) : .file(error)
        }
        guard let document = try? JSON.parse(bytes, extended: true), let consumer = Consumer(document),
            consumer.name == name
        else { throw .damaged(path: path) }
        return consumer
    }

    private func store(_ consumer: Consumer) throws(ConsumerError) {
        let path = try path(consumer.name)
        var bytes: [UInt8] = []
        JSON.write(consumer.document, style: .canonical, into: &bytes)
        bytes.append(0x0A)
        do throws(FileError) {
            try fileSystem.makeDirectories(directory)
            try fileSystem.writeAtomically(path, bytes)
        } catch { throw .file(error) }
    }
}
