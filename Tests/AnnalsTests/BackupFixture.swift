import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Views

/// Stores whose clock moves, and backups of them.
enum BackupFixture {
    static let minute: Int64 = 60_000

    static func options(_ clock: ManualClock, seed: UInt64 = 1) -> StoreOptions {
        var options = StreamFixture.options(seed: seed)
        options.clock = clock.clock
        options.checkpoints.seconds = 0
        return options
    }

    static let small: BackupOptions = {
        var options = BackupOptions()
        options.segmentBytes = 128 << 10
        return options
    }()

    /// Events of a seed, after the first `skipping`; a minute after each `every` of them.
    static func fill(
        _ store: Store, _ clock: ManualClock, seed: UInt64, skipping: Int = 0, count: Int, every: Int = 100
    ) async throws {
        let events = Array(try StreamFixture.events(seed: seed, count: skipping + count).dropFirst(skipping))
        for start in stride(from: 0, to: events.count, by: every) {
            let refused = try await StreamFixture.append(
                Array(events[start..<min(start + every, events.count)]), to: store, window: 50)
            guard refused.isEmpty else { throw Refused(text: "\(refused.prefix(2))") }
            clock.advance(milliseconds: minute)
        }
    }

    struct Refused: Error { let text: String }

    static func user(_ number: Int) -> NewEvent {
        NewEvent(
            id: "backup-user-\(number)", source: "/test", type: "user.registered",
            time: DateTime(milliseconds: StreamFixture.start + 500 * 86_400_000),
            data: [
                "name": .string("Person \(number) of the backup"), "email": .string("backup\(number)@users.example"),
                "authMethod": "google",
            ])
    }

    static func root(_ store: Store, _ size: UInt64) throws -> Digest32 { try store.log.snapshot().root(size: size) }

    /// Every file of a directory with its bytes.
    static func files(_ directory: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            var isDirectory: ObjCBool = false
            let path = directory + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
                continue
            }
            files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        return files
    }
}
