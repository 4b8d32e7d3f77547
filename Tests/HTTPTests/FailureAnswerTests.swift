import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Platform
import Synchronization
import Testing

/// What goes wrong inside, as those outside see it.
@Suite struct FailureAnswerTests {
    @Test func aFullDiskIs507() async throws {
        let freeBytes = SharedNumber(1 << 20)
        try await TestServer.run(changing: { options, _ in
            options.log.freeSpaceFloorBytes = 1 << 30
            options.fileSystem.volume = { (path: String) throws(FileError) in
                VolumeStatus(typeName: "ext4", totalBytes: 1 << 40, freeBytes: freeBytes.value)
            }
        }) { store, client in
            let full = try await client.post(Sample.user(1))
            #expect(full.status.code == 507)
            #expect(try full.document["type"] == "/problems/disk-full")
            #expect(store.position == 0)
            // Nothing is broken: it goes on by itself.
            #expect(try await client.get("/readyz").status == .ok)
            freeBytes.value = 100 << 30
            #expect(try await client.post(Sample.user(1)).status == .created)
        }
    }

    @Test func aFullQueueIs503WithATimeToTryAgain() async throws {
        try await TestServer.run(changing: { options, _ in options.queueLimit = 2 }) { _, client in
            // More than the queue holds at once, many at a time.
            let statuses = try await withThrowingTaskGroup(of: (HTTPResponse.Status, String?).self) { group in
                for number in 1...100 {
                    group.addTask {
                        let answer = try await client.post(Sample.user(number))
                        if answer.status == .serviceUnavailable {
                            #expect(try answer.document["type"] == "/problems/overloaded")
                        }
                        return (answer.status, answer.headers[.retryAfter])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0.0 == .created || ($0.0 == .serviceUnavailable && $0.1 != nil) })
            #expect(statuses.contains { $0.0 == .created })
        }
    }

    @Test func viewsThatCannotBeWrittenAre503AndReadingGoesOn() async throws {
        try await TestServer.run(changing: { options, _ in options.views.mapBytes = 2 << 20 }) { store, client in
            var problem: TestResponse?
            for number in 1...20_000 where problem == nil {
                let answer = try await client.post(Sample.user(number))
                if answer.status != .created { problem = answer }
            }
            let unknown = try #require(problem)
            #expect(unknown.status == .serviceUnavailable)
            #expect(try unknown.document["type"] == "/problems/outcome-unknown")
            let stopped = try await client.post(Sample.user(30_000))
            #expect(stopped.status == .serviceUnavailable)
            #expect(try stopped.document["type"] == "/problems/stopped")
            #expect(try await client.get("/readyz").status == .serviceUnavailable)
            #expect(try await client.get("/livez").status == .ok)
            #expect(try await client.get("/v1/collections/users/000000000000000000000001").status == .ok)
        }
    }

    @Test func tooManyReadersAre503() async throws {
        try await TestServer.run(changing: { options, _ in options.views.maxSnapshots = 0 }) { _, client in
            #expect(try await client.post(Sample.user(1)).status == .created)
            let crowded = try await client.get("/v1/collections/users/000000000000000000000001")
            #expect(crowded.status == .serviceUnavailable)
            #expect(try crowded.document["type"] == "/problems/crowded")
        }
    }

    @Test func whatTookTooLongToReadIsNotSent() async throws {
        try await TestServer.run(changing: { $1.readLimit = .zero }) { _, client in
            #expect(try await client.post(Sample.user(1)).status == .created)
            let slow = try await client.get("/v1/collections/users/000000000000000000000001")
            #expect(slow.status == .serviceUnavailable)
            #expect(try slow.document["type"] == "/problems/too-slow")
        }
    }

    @Test func readinessTellsOfTheHighWaterMark() async throws {
        try await TestServer.run { _, client in
            let ready = try await client.get("/readyz").document
            #expect(ready["highWaterWasMissing"] == false)
            #expect(ready["highWaterError"] == .null)
            #expect(ready["readerLag"] == 0)
        }
    }
}

/// A number that a test changes under whoever reads it.
final class SharedNumber: Sendable {
    private let number: Atomic<Int>

    init(_ number: Int) { self.number = Atomic(number) }

    var value: Int {
        get { number.load(ordering: .sequentiallyConsistent) }
        set { number.store(newValue, ordering: .sequentiallyConsistent) }
    }
}
