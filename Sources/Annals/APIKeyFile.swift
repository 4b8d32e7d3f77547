public import BSON
public import Platform
internal import Synchronization

/// The keys of the HTTP door: `keys/api` in the store's directory, one line of JSON each. May be changed while a server runs
/// on the directory, which reads it again within a second.
public final class APIKeyFile: Sendable {
    public enum Failure: Error, Sendable, CustomStringConvertible {
        /// A line that is no key: none is taken until it is mended.
        case damaged(path: String, line: Int)
        case notFound(id: String)
        case badName
        case noScopes
        /// Another program is changing it.
        case busy(path: String)
        case file(FileError)

        public var description: String {
            switch self {
            case .damaged(let path, let line): "line \(line) of \(path) is no key"
            case .notFound(let id): "there is no key \(id)"
            case .badName: "a key's name is 1 to 100 characters, without line breaks"
            case .noScopes: "a key must allow something: append:TYPE, read:COLLECTION, audit, metrics, admin"
            case .busy(let path): "another program is changing \(path); try again"
            case .file(let error): "\(error)"
            }
        }
    }

    private struct State {
        var keys: [String: APIKey] = [:]
        var isMissing = false
        var checkedAt = Int64.min
    }

    public let path: String
    private let fileSystem: FileSystem
    private let clock: Clock
    private let state = Mutex(State())
    private static let checkMilliseconds: Int64 = 1_000

    public init(directory: String, fileSystem: FileSystem = .system, clock: Clock = .system) {
        path = directory + "/keys/api"
        self.fileSystem = fileSystem
        self.clock = clock
    }

    // MARK: Looking

    public func all() throws(Failure) -> [APIKey] {
        try read().sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// The key with this text, if it is there and has not expired.
    public func key(_ text: String) throws(Failure) -> APIKey? {
        let now = clock.now()
        let keys = try current(now)
        guard let id = APIKey.id(of: text), let key = keys[id], key.fits(text) else { return nil }
        if let expiresAt = key.expiresAt, expiresAt.milliseconds <= now { return nil }
        return key
    }

    /// Whether no key was ever made. With the first, nobody comes in without one, also when the last is revoked.
    public func isMissing() throws(Failure) -> Bool {
        guard try current(clock.now()).isEmpty else { return false }
        return state.withLock { $0.isMissing }
    }

    /// What the file says, or said less than a second ago.
    private func current(_ now: Int64) throws(Failure) -> [String: APIKey] {
        let known = state.withLock { state -> [String: APIKey]? in
            let age = now.subtractingReportingOverflow(state.checkedAt)
            return !age.overflow && (0..<Self.checkMilliseconds).contains(age.partialValue) ? state.keys : nil
        }
        if let known { return known }
        let keys = Dictionary(try read().map { ($0.id, $0) }) { $1 }
        let isMissing: Bool
        do throws(FileError) { isMissing = keys.isEmpty ? try !fileSystem.exists(path) : false } catch {
            throw .file(error)
        }
        state.withLock {
            $0.keys = keys
            $0.isMissing = isMissing
            $0.checkedAt = now
        }
        return keys
    }

    private func read() throws(Failure) -> [APIKey] {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try fileSystem.readWhole(path) } catch {
            if error.isMissing { return [] }
            throw .file(error)
        }
        var keys: [APIKey] = []
        for (index, line) in bytes.split(separator: 0x0A).enumerated() {
            guard let document = try? JSON.parse(Array(line), extended: true), let key = APIKey(document) else {
                throw .damaged(path: path, line: index + 1)
            }
            keys.append(key)
        }
        return keys
    }

    // MARK: Changing

    /// Makes a key. Its text is told here and never again.
    public func create(
        name: String, scopes: [Scope], expiresAt: DateTime? = nil, randomness: Randomness = .system
    ) throws(Failure) -> (key: APIKey, text: String) {
        guard (1...100).contains(name.count), !name.contains(where: \.isNewline) else { throw .badName }
        guard !scopes.isEmpty else { throw .noScopes }
        let made = APIKey.make(
            name: name, scopes: scopes, expiresAt: expiresAt, now: DateTime(milliseconds: clock.now()), randomness)
        try change { keys throws(Failure) in keys.append(made.key) }
        return made
    }

    /// Takes a key away; it is no good within a second.
    public func revoke(_ id: String) throws(Failure) {
        try change { keys throws(Failure) in
            guard let place = keys.firstIndex(where: { $0.id == id }) else { throw .notFound(id: id) }
            keys.remove(at: place)
        }
    }

    /// One program at a time, whole or not at all.
    private func change(_ body: (inout [APIKey]) throws(Failure) -> Void) throws(Failure) {
        let lock: LockFile
        do throws(FileError) {
            try fileSystem.makeDirectories(FileSystem.parent(of: path))
            lock = try fileSystem.lock(path + ".lock")
        } catch { throw error.isWouldBlock ? .busy(path: path) : .file(error) }
        defer { withExtendedLifetime(lock) {} }
        var keys = try read()
        try body(&keys)
        var bytes: [UInt8] = []
        for key in keys {
            JSON.write(key.document, style: .canonical, into: &bytes)
            bytes.append(0x0A)
        }
        do throws(FileError) { try fileSystem.writeAtomically(path, bytes) } catch { throw .file(error) }
        state.withLock { $0.checkedAt = .min }
    }
}
