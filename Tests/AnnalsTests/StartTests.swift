import Annals
import Foundation
import Platform
import Projections
import Synchronization
import Testing

/// What opening looks at before it trusts a directory, and what it says.
@Suite struct StartTests {
    static func options(on type: String, forced: Bool = false) -> StoreOptions {
        var options = StreamFixture.options()
        options.fileSystem.volume = { (_: String) throws(FileError) in
            VolumeStatus(typeName: type, totalBytes: 1 << 40, freeBytes: 1 << 39)
        }
        options.forcesFileSystem = forced
        return options
    }

    @Test(arguments: ["nfs4", "cifs", "fuse.sshfs", "9p"]) func unsafeFileSystemsAreRefusedUnlessForced(type: String)
        throws
    {
        let directory = TestDirectory()
        #expect {
            _ = try StreamFixture.store(directory.path, Self.options(on: type))
        } throws: { error in
            guard case StoreError.unsafeFileSystem(_, type) = error else { return false }
            return "\(error)".contains("--force-filesystem")
        }
        #expect(!FileManager.default.fileExists(atPath: directory.path("log")))
        let store = try StreamFixture.store(directory.path, Self.options(on: type, forced: true))
        #expect(store.openingReport.contains { $0.contains(type) && $0.hasPrefix("warning: ") })
        try store.close()
    }

    @Test func aContainersLayerIsWarnedOf() throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path, Self.options(on: "overlay"))
        #expect(store.openingReport.contains { $0.contains("goes with the container") })
        try store.close()
    }

    /// Appends events in two parts and puts the log of after the first back, with or without its mark.
    private func rolledBack(_ directory: TestDirectory, keepsMark: Bool) async throws {
        let events = try StreamFixture.events(seed: 8, count: 300, users: 20)
        for part in [events[..<150], events[150...]] {
            let store = try StreamFixture.store(directory.path)
            _ = try await StreamFixture.append(Array(part), to: store, window: 50)
            try store.close()
            if part.startIndex == 0 {
                try FileManager.default.copyItem(atPath: directory.path("log"), toPath: directory.path("log-before"))
            }
        }
        try FileManager.default.removeItem(atPath: directory.path("log"))
        try FileManager.default.moveItem(atPath: directory.path("log-before"), toPath: directory.path("log"))
        if !keepsMark { try FileManager.default.removeItem(atPath: directory.path("high-water")) }
    }

    /// The mark is gone with the log's end; the views, whose marker is whole, still say how far the log had come.
    @Test(arguments: [true, false]) func aRollbackIsRefusedUntilItIsAccepted(keepsMark: Bool) async throws {
        let directory = TestDirectory()
        try await rolledBack(directory, keepsMark: keepsMark)
        for _ in 0..<2 {
            #expect {
                _ = try StreamFixture.store(directory.path)
            } throws: { error in
                guard case StoreError.log(.rolledBack(let expected, let found)) = error else { return false }
                return expected.position == 300 && found.position == 150
            }
        }
        var options = StreamFixture.options()
        options.log.acceptRollback = true
        do {
            let store = try StreamFixture.store(directory.path, options)
            #expect(store.position == 150)
            #expect(store.openingReport.contains { $0.hasPrefix("views thrown away") })
            #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
            try store.close()
        }
        // For that one start.
        let store = try StreamFixture.store(directory.path)
        #expect(store.openingReport == ["log at position 150"])
        try store.close()
    }

    @Test func aMissingMarkIsTold() async throws {
        let directory = TestDirectory()
        do {
            let store = try StreamFixture.store(directory.path)
            try await store.append(FailureTests.user(1))
            try store.close()
        }
        try FileManager.default.removeItem(atPath: directory.path("high-water"))
        let store = try StreamFixture.store(directory.path)
        #expect(store.log.highWaterWasMissing)
        #expect(store.openingReport.contains { $0.contains("no high-water mark") })
        try store.close()
    }

    /// Nothing follows the last event, and still the mark comes to hold it.
    @Test func theMarkFollowsInQuietTimes() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        for number in 1...2 { try await store.append(FailureTests.user(number)) }
        for _ in 0..<100 where store.log.highWaterMark?.position != 2 { try await Task.sleep(for: .milliseconds(50)) }
        #expect(store.log.highWaterMark?.position == 2)
        try store.close()
    }

    /// Every file operation of the views goes through the seam.
    @Test func viewsAreMadeThroughTheSeam() throws {
        let directory = TestDirectory()
        let made = Mutex<[String]>([])
        var options = StreamFixture.options()
        options.fileSystem.makeDirectory = { (path: String) throws(FileError) in
            made.withLock { $0.append(path) }
            try FileSystem.system.makeDirectory(path)
        }
        let store = try StreamFixture.store(directory.path, options)
        #expect(made.withLock { $0 }.contains(directory.path("views.new")))
        try store.close()
    }
}
