import Glibc
import LMDB
import Synchronization
import Testing

@Suite struct TransactionTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    struct Refused: Error {}

    @Test func whatIsNotCommittedIsGone() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        do {
            let transaction = try environment.beginWrite()
            try transaction.put(key(1), [1], in: table)
        }
        let aborted = try environment.beginWrite()
        #expect(try aborted.value(key(1), in: table) == nil)
        try aborted.put(key(2), [1], in: table)
        aborted.abort()
        #expect(throws: Refused.self) {
            try environment.write { transaction in
                try transaction.put(key(3), [1], in: table)
                throw Refused()
            }
        }
        #expect(try environment.beginRead().entries(table).isEmpty)
        // And the writer's lock is free again.
        try environment.write { transaction in try transaction.put(key(4), [1], in: table) }
        #expect(try environment.beginRead().entryCount(table) == 1)
    }

    @Test func snapshotsDoNotChange() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
        let before = try environment.beginRead()
        let writer = try environment.beginWrite()
        #expect(writer.identifier == before.identifier + 1)
        try writer.put(key(1), [2], in: table)
        #expect(try before.value(key(1), in: table) == [1])
        try writer.commit()
        #expect(try before.value(key(1), in: table) == [1])
        let after = try environment.beginRead()
        #expect(after.identifier == before.identifier + 1)
        #expect(try after.value(key(1), in: table) == [2])
    }

    @Test func aSecondWriterOnTheSameThreadIsRefusedInsteadOfHanging() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let first = try environment.beginWrite()
        #expect(failure { _ = try environment.beginWrite() } == .writerBusy)
        try first.put(key(1), [1], in: table)
        try first.commit()
        try environment.beginWrite().commit()
    }

    @Test func writersOfOtherThreadsTakeTurns() throws {
        let shared = Shared(try Environment.create(directory: directory("env"), tables: ["a"], options: .small))
        let table = try shared.environment.existingTable("a")
        let increments = 200
        let threads = (0..<3).map { _ in
            Thread {
                for _ in 0..<increments {
                    do {
                        try shared.environment.write { transaction in
                            let count = try transaction.value(text("count"), in: table).map(number) ?? 0
                            try transaction.put(text("count"), key(count + 1), in: table)
                        }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(try shared.environment.beginRead().value(text("count"), in: table).map(number) == 3 * increments)
    }

    /// Two entries are always written with one number; no snapshot may show two.
    @Test func readersOnManyThreadsSeeWholeCommits() throws {
        let shared = Shared(try Environment.create(directory: directory("env"), tables: ["a"], options: .small))
        let table = try shared.environment.existingTable("a")
        try shared.environment.write { transaction in
            for name in ["x", "y"] { try transaction.put(text(name), key(0), in: table) }
        }
        let done = Atomic(false)
        let reads = Atomic(0)
        let readers = (0..<3).map { _ in
            Thread {
                var highest = 0
                repeat {
                    do {
                        let (x, y) = try shared.environment.read { reader in
                            (
                                try reader.value(text("x"), in: table).map(number) ?? -1,
                                try reader.value(text("y"), in: table).map(number) ?? -2
                            )
                        }
                        if x != y { Issue.record("torn: \(x) and \(y)") }
                        if x < highest { Issue.record("back from \(highest) to \(x)") }
                        highest = x
                        reads.wrappingAdd(1, ordering: .relaxed)
                    } catch {
                        Issue.record(error)
                    }
                } while !done.load(ordering: .acquiring)
            }
        }
        for round in 1...500 {
            try shared.environment.write { transaction in
                for name in ["x", "y"] { try transaction.put(text(name), key(round), in: table) }
            }
        }
        done.store(true, ordering: .releasing)
        for reader in readers { reader.join() }
        #expect(reads.load(ordering: .relaxed) > 3)
    }

    @Test func aFullMapIsAnErrorThatLeavesTheEnvironmentUsable() throws {
        let options = EnvironmentOptions(mapBytes: 1 << 20, maxTables: 1, synchronous: false)
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options)
        let table = try environment.existingTable("a")
        try environment.write { transaction in try transaction.put(key(0), [1], in: table) }
        do {
            let transaction = try environment.beginWrite()
            let value = [UInt8](repeating: 1, count: 10_000)
            let kind = failure { for number in 1..<1_000 { try transaction.put(key(number), value, in: table) } }
            #expect(kind == .mapFull)
            #expect(failure { try transaction.put(key(1), [1], in: table) } == .badTransaction)
            #expect(failure { _ = try transaction.value(key(0), in: table) } == .badTransaction)
        }
        #expect(try environment.beginRead().entries(table) == [Entry(key: key(0), value: [1])])
        try environment.write { transaction in try transaction.put(key(1), [2], in: table) }
        #expect(try environment.beginRead().entryCount(table) == 2)
    }

    @Test func genericCodeReadsFromEitherKind() throws {
        func total(_ transaction: borrowing some Transaction & ~Copyable, _ table: Table) throws -> Int {
            try transaction.entries(table).reduce(0) { $0 + number($1.value) }
        }
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let writer = try environment.beginWrite()
        for value in 1...10 { try writer.put(key(value), key(value), in: table) }
        #expect(try total(writer, table) == 55)
        #expect(try total(environment.beginRead(), table) == 0)
        try writer.commit()
        #expect(try total(environment.beginRead(), table) == 55)
    }

    @Test func closuresKeepTheirErrorType() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        func count(_ environment: borrowing Environment) throws(LMDBError) -> Int {
            try environment.read { (reader) throws(LMDBError) -> Int in try reader.entryCount(table) }
        }
        #expect(try count(environment) == 0)
        #expect(throws: Refused.self) { try environment.read { _ in throw Refused() } }
    }
}

func number(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

/// A noncopyable environment as several threads can hold it.
final class Shared: Sendable {
    let environment: Environment
    init(_ environment: consuming Environment) { self.environment = environment }
}

/// A thread of the system's that can be waited for.
final class Thread {
    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body)).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, box)
    }

    func join() { pthread_join(thread, nil) }

    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
