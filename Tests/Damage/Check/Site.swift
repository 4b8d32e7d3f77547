import Annals
import BSON
import EventGenerator
import EventLog
import Foundation
import LMDB
import Platform
import Projections
import Proofs
import Schema
import Synchronization
import Views

/// A directory with a store, its backup, its export, checkpoints and proofs, all of them sound.
struct Site {
    struct File: Sendable {
        let name: String
        /// Bytes that are used: a data file of views is far longer.
        let byteCount: Int
    }

    static let start: Int64 = 1_704_067_200_000
    let root: String
    private(set) var files: [Place: [File]] = [:]

    init(_ root: String) throws {
        self.root = root
        for place in Place.allCases {
            files[place] = try place.files(self).map { name in
                File(name: name, byteCount: try place == .views ? viewBytes() : byteCount(name))
            }.filter { $0.byteCount > 0 }
        }
    }

    private init(making root: String) { self.root = root }

    func path(_ name: String) -> String { root + "/" + name }

    private func byteCount(_ name: String) throws -> Int {
        try FileSystem.system.status(path(name))?.byteCount ?? 0
    }

    private func viewBytes() throws -> Int {
        let environment = try Environment(
            directory: path("store/views"), tables: [],
            options: EnvironmentOptions(mapBytes: 4 << 30, maxTables: 8, synchronous: false, readOnly: true))
        return try environment.statistics().usedBytes
    }

    static func options() -> StoreOptions {
        var options = StoreOptions()
        options.log.mapBytes = 4 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 4 << 30
        options.passwordRounds = 2
        options.firesTimers = false
        options.checkpoints.seconds = 0
        options.clock = .fixed(start)
        return options
    }

    // MARK: Making it

    static func make(_ root: String, seed: UInt64, events: Int) throws {
        let site = Site(making: root)
        try FileManager.default.createDirectory(atPath: site.path("proofs"), withIntermediateDirectories: true)
        try site.fill(seed, events)
        var export: [UInt8] = []
        try Store.export(
            directory: site.path("store"), from: 1, through: nil, withKeys: true, options: options()
        ) { export += $0 }
        try FileSystem.system.writeWhole(site.path("export"), export)
    }

    private func fill(_ seed: UInt64, _ count: Int) throws {
        var options = Self.options()
        options.randomness = .seeded(seed)
        let store = try Store(directory: path("store"), collections: allCollections, options: options)
        var generator = EventGenerator(seed: seed, users: 12, start: Self.start, mix: .everything, errorRate: 0)
        for number in 1...count {
            var line: [UInt8] = []
            generator.next(into: &line)
            let object = try line.withUnsafeBytes { try JSON.parse($0, extended: false) }
            try append(try object.withRaw { try CloudEvent.parse($0) }, to: store)
            if number % max(1, count / 5) == 0 { _ = try store.checkpoint() }
        }
        let trusted = try store.checkpoint()
        let older = try checkpoint(size: UInt64(count) / 5)
        func write(_ name: String, _ bytes: [UInt8]) throws { try FileSystem.system.writeWhole(path(name), bytes) }
        func write(_ name: String, _ document: Document) throws {
            try write(name, Array(JSON.string(document, style: .relaxed).utf8))
        }
        try write("trusted.note", Array("\(trusted)".utf8))
        try write("older.note", Array("\(older)".utf8))
        try write("key", Array("\(try store.signingKey())".utf8))
        try write("proofs/event.json", try store.proof(ofEventAt: UInt64(count) / 3).document)
        try write("proofs/withheld.json", try store.proof(ofEventAt: UInt64(count) / 2, withholdsData: true).document)
        try write("proofs/extension.json", try store.proof(extending: UInt64(count) / 5).document)
        var backup = BackupOptions()
        backup.includesViews = true
        backup.includesSigningKey = true
        backup.segmentBytes = 128 << 10
        _ = try store.backUp(to: path("backup"), backup)
        try store.close()
    }

    private func append(_ event: NewEvent, to store: Store) throws {
        let done = DispatchSemaphore(value: 0)
        let refusal = Mutex<String?>(nil)
        store.submit([event]) { result in
            if case .failure(let error) = result { refusal.withLock { $0 = "\(error)" } }
            done.signal()
        }
        done.wait()
        if let reason = refusal.withLock({ $0 }) { throw Failed("an event is refused: \(reason)") }
    }

    /// The checkpoint over so many events, of those that the store keeps.
    private func checkpoint(size: UInt64) throws -> SignedNote {
        let notes = try FileManager.default.contentsOfDirectory(atPath: path("store/checkpoints"))
            .flatMap { try NoteFile(path: path("store/checkpoints/" + $0)).read() }
        guard let note = try notes.first(where: { try LogCheckpoint($0).size == size }) else {
            throw Failed("there is no checkpoint at \(size)")
        }
        return note
    }
}
