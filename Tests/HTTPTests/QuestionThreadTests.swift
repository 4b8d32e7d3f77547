import AnnalsHTTP
import BSON
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

/// Questions that look at much are answered elsewhere, and alike.
@Suite struct QuestionThreadTests {
    /// More than are looked at on the threads that all share.
    private static let users = 1_300

    @Test func longQuestionsAreAnsweredAsShortOnesAre() async throws {
        try await TestServer.run { _, client in
            let all = (1...Self.users).map { Sample.user($0) }.joined(separator: ",")
            #expect(
                try await client.post("[\(all)]", type: "application/cloudevents-batch+json").status == .created)
            let filter = #"{"filter":{"name":{"$ne":"nobody"}}}"#
            func ask(_ question: String, _ body: String) async throws -> TestResponse {
                try await client.execute(
                    uri: "/v1/collections/users/\(question)", method: .post,
                    headers: [.contentType: "application/json"], body: ByteBuffer(string: body))
            }
            let count = try await ask("count", filter)
            #expect(try count.document["count"] == .int32(Int32(Self.users)))
            let names = try await ask("distinct", #"{"field":"email"}"#)
            guard case .array(let values)? = try names.document["values"] else {
                Issue.record("no values")
                return
            }
            #expect(values.count == Self.users)
            let none = try await ask(
                "find", #"{"filter":{"name":"nobody"},"hint":{"$natural":1}}"#)
            #expect(try none.document["documents"] == .array([]))
            let groups = try await ask(
                "aggregate",
                #"{"pipeline":[{"$group":{"_id":"$authMethod","n":{"$sum":1},"last":{"$max":"$email"}}}]}"#)
            guard case .array(let documents)? = try groups.document["documents"] else {
                Issue.record("no groups")
                return
            }
            #expect(documents.count == 1)
        }
    }

    @Test func whoComesTooManyIsTurnedAway() async throws {
        let threads = QuestionThreads(mostWaiting: 1)
        let (isRunning, mayEnd) = (Gate(), Gate())
        async let first = threads.run {
            isRunning.open()
            mayEnd.wait()
            return 1
        }
        await isRunning.passed()
        await #expect(throws: (any Error).self) { try await threads.run { 2 } }
        mayEnd.open()
        #expect(try await first == 1)
        #expect(try await threads.run { 3 } == 3)
    }

    /// Opened once.
    private final class Gate: Sendable {
        private let isOpen = Atomic(false)
        func open() { isOpen.store(true, ordering: .sequentiallyConsistent) }
        func wait() { while !isOpen.load(ordering: .sequentiallyConsistent) {} }
        func passed() async { while !isOpen.load(ordering: .sequentiallyConsistent) { await Task.yield() } }
    }
}
