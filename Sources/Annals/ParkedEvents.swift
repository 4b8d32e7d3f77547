import BSON
import Crypto
import EventLog
import Foundation
import Platform
import Schema

/// Refused events that were kept aside: a file each under `parked/`, sealed, since they may hold what nobody has hashed yet.
///
/// Bounded in number, and in time: after `days` they go, so that what they say of a person does not outlive a request to
/// erase it by more. The key is destroyed with the last of them.
public final class ParkedEvents: Sendable {
    private let directory: String
    private let keyPath: String
    private let fileSystem: FileSystem
    private let clock: Clock
    private let randomness: Randomness
    private let thread = FileThread("annals.parked")
    public static let most = 10_000
    public static let days = 30
    private static let dayMilliseconds: Int64 = 86_400_000

    init(directory: String, _ options: StoreOptions) {
        self.directory = directory + "/parked"
        keyPath = directory + "/keys/parked"
        fileSystem = options.fileSystem
        clock = options.clock
        randomness = options.randomness
    }

    // MARK: Looking

    /// All, oldest first. One that does not open is left out: `damaged` has its id.
    public func all() async throws(ParkingError) -> (events: [ParkedEvent], damaged: [String]) {
        try await thread.run { () throws(ParkingError) in
            var events: [ParkedEvent] = []
            var damaged: [String] = []
            for id in try self.expired() {
                do throws(ParkingError) { events.append(try self.load(id)) } catch {
                    guard case .damaged = error else { throw error }
                    damaged.append(id)
                }
            }
            return (events.sorted { ($0.parkedAt, $0.id) < ($1.parkedAt, $1.id) }, damaged)
        }
    }

    public func get(_ id: String) async throws(ParkingError) -> ParkedEvent {
        try await thread.run { () throws(ParkingError) in try self.load(id) }
    }

    public func count() async throws(ParkingError) -> Int {
        try await thread.run { () throws(ParkingError) in try self.ids().count }
    }

    // MARK: Changing

    /// Keeps a refused event. Durable when it returns. `event`: the CloudEvent as it was sent. `since`: when it was parked
    /// first, where it is parked again.
    public func park(
        _ event: Document, principal: String, isHistory: Bool, _ reasons: [Refusal], since: DateTime? = nil
    ) async throws(ParkingError) -> ParkedEvent {
        try await thread.run { () throws(ParkingError) in
            let id = Self.id(event)
            let ids = try self.ids()
            guard ids.contains(id) || ids.count < Self.most else { throw .full(limit: Self.most) }
            let parked = ParkedEvent(
                id: id, parkedAt: since ?? DateTime(milliseconds: self.clock.now()), principal: principal,
                isHistory: isHistory, event: event, reasons: reasons)
            try self.store(parked)
            return parked
        }
    }

    /// Forgets one: it was accepted after all, or nobody wants it.
    public func discard(_ id: String) async throws(ParkingError) {
        try await thread.run { () throws(ParkingError) in
            try self.remove(id)
            if try self.ids().isEmpty { try self.destroyKey() }
        }
    }

    /// Forgets those whose time is over.
    func expire() async throws(ParkingError) {
        try await thread.run { () throws(ParkingError) in _ = try self.expired() }
    }

    // MARK: Files

    /// Of source and id, as events are told apart; of the whole where it has not both.
    private static func id(_ event: Document) -> String {
        var bytes: [UInt8] = []
        for name in ["source", "id"] {
            guard case .string(let text)? = event[FieldPath(name)], !text.isEmpty else {
                bytes = event.bytes
                break
            }
            bytes += Array(text.utf8)
            bytes.append(0)
        }
        return String(bytes.withUnsafeBytes { Digest32.hashing($0) }.description.prefix(32))
    }

    private static func isID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private func ids() throws(ParkingError) -> [String] {
        do throws(FileError) {
            return try fileSystem.exists(directory) ? try fileSystem.list(directory).filter { Self.isID($0) } : []
        } catch { throw .file(error) }
    }

    /// Those that are left when those whose time is over are gone. The time stands in the file, whose own time a copy loses.
    private func expired() throws(ParkingError) -> [String] {
        let all = try ids()
        let oldest = clock.now() - Int64(Self.days) * Self.dayMilliseconds
        var left: [String] = []
        for id in all {
            if let parked = try? load(id), parked.parkedAt.milliseconds < oldest {
                try remove(id)
            } else {
                left.append(id)
            }
        }
        if left.isEmpty, !all.isEmpty { try destroyKey() }
        return left
    }

    private func load(_ id: String) throws(ParkingError) -> ParkedEvent {
        guard Self.isID(id) else { throw .notFound(id) }
        let path = directory + "/" + id
        let sealed: [UInt8]
        do throws(FileError) { sealed = try fileSystem.readWhole(path) } catch {
            throw error.isMissing ? .notFound(id) : .file(error)
        }
        let key = try key()
        guard let key, let box = try? AES.GCM.SealedBox(combined: sealed),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Array(id.utf8)),
            let document = plain.withUnsafeBytes({ try? Document(validating: $0) }),
            let parked = ParkedEvent(document), parked.id == id
        else { throw .damaged(path: path) }
        return parked
    }

    private func store(_ parked: ParkedEvent) throws(ParkingError) {
        let existing = try key()
        let key = if let existing { existing } else { try makeKey() }
        let nonce = randomness.bytes(12)
        guard let nonce = try? AES.GCM.Nonce(data: nonce),
            let box = try? AES.GCM.seal(
                parked.document.bytes, using: key, nonce: nonce, authenticating: Array(parked.id.utf8)),
            let sealed = box.combined
        else { throw .damaged(path: keyPath) }
        do throws(FileError) {
            try fileSystem.makeDirectories(directory)
            try fileSystem.writeAtomically(directory + "/" + parked.id, Array(sealed))
        } catch { throw .file(error) }
    }

    private func remove(_ id: String) throws(ParkingError) {
        guard Self.isID(id) else { throw .notFound(id) }
        do throws(FileError) {
            try fileSystem.remove(directory + "/" + id)
            try fileSystem.synchronize(directory)
        } catch { throw error.isMissing ? .notFound(id) : .file(error) }
    }

    // MARK: The key

    private func key() throws(ParkingError) -> SymmetricKey? {
        do throws(FileError) {
            let bytes = try fileSystem.readWhole(keyPath)
            return bytes.count == 32 ? SymmetricKey(data: bytes) : nil
        } catch {
            guard error.isMissing else { throw .file(error) }
            return nil
        }
    }

    private func makeKey() throws(ParkingError) -> SymmetricKey {
        let bytes = randomness.bytes(32)
        do throws(FileError) {
            try fileSystem.makeDirectories(FileSystem.parent(of: keyPath))
            try fileSystem.writeAtomically(keyPath, bytes)
        } catch { throw .file(error) }
        return SymmetricKey(data: bytes)
    }

    /// Overwritten before it is removed: what it sealed opens no more, wherever the bytes of the files still lie.
    private func destroyKey() throws(ParkingError) {
        do throws(FileError) {
            guard try fileSystem.exists(keyPath) else { return }
            try fileSystem.overwrite(keyPath, 0, [UInt8](repeating: 0, count: 32))
            try fileSystem.remove(keyPath)
            try fileSystem.synchronize(FileSystem.parent(of: keyPath))
        } catch { throw .file(error) }
    }
}
