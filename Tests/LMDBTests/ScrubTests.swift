import Glibc
import LMDB
import Platform
import Testing

/// What was deleted or changed is nowhere in the file after a scrub, and what is there still reads the same.
@Suite(.serialized) struct ScrubTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func options(_ writeMap: Bool) -> EnvironmentOptions {
        EnvironmentOptions(mapBytes: 64 << 20, maxTables: 4, synchronous: false, writeMap: writeMap)
    }

    private func write(
        _ environment: borrowing Environment, _ body: (borrowing WriteTransaction) throws -> Void
    ) throws {
        let transaction = try environment.beginWrite()
        try body(transaction)
        try transaction.commit()
    }

    /// A value with its number in it, so that it is found; some need pages of their own.
    private func value(_ number: Int, _ word: String) -> [UInt8] {
        let text = Array("\(word)-\(number)-".utf8)
        var value: [UInt8] = []
        repeat { value += text } while value.count < (number % 17 == 0 ? 9_000 : number % 3 * 90 + 30)
        return value
    }

    private func count(_ word: String) throws -> Int {
        let bytes = try FileSystem.system.read(directory("env/data.mdb"), 0, 64 << 20)
        let needle = Array(word.utf8)
        var count = 0
        var at = 0
        while at + needle.count <= bytes.count {
            guard bytes[at] == needle[0], bytes[at..<(at + needle.count)].elementsEqual(needle) else {
                at += 1
                continue
            }
            count += 1
            at += needle.count
        }
        return count
    }

    @Test(arguments: [false, true]) func nothingDeletedIsLeft(writeMap: Bool) throws {
        let environment = try Environment.create(
            directory: directory("env"), tables: ["a", "b"], options: options(writeMap))
        let tables = [try environment.existingTable("a"), try environment.existingTable("b")]
        for round in 0..<4 {
            try write(environment) { transaction in
                for number in stride(from: round, to: 1_200, by: 4) {
                    let word = number % 5 == 0 ? "SECRET" : "public"
                    try transaction.put(key(number), value(number, word), in: tables[number % 2])
                }
            }
        }
        // Some are changed in place, the others deleted, in several commits with others between.
        for round in 0..<4 {
            try write(environment) { transaction in
                for number in stride(from: round * 5, to: 1_200, by: 20) {
                    if round == 0 {
                        try transaction.put(key(number), value(number, "erased"), in: tables[number % 2])
                    } else {
                        _ = try transaction.delete(key(number), in: tables[number % 2])
                    }
                }
                try transaction.put(key(1), value(1, "public"), in: tables[1])
            }
        }
        let before = try (environment.beginRead().entries(tables[0]), environment.beginRead().entries(tables[1]))
        #expect(try count("SECRET") > 0)
        let result = try environment.scrub()
        #expect(result.isComplete && result.overwrittenBytes > 0)
        #expect(try count("SECRET") == 0)
        #expect(try count("public") > 0)
        #expect(try environment.beginRead().entries(tables[0]) == before.0)
        #expect(try environment.beginRead().entries(tables[1]) == before.1)
        // Nothing is left to do, and writing goes on.
        #expect(try environment.scrub().overwrittenBytes == 0)
        try write(environment) { transaction in
            for number in 0..<1_200 { try transaction.put(key(number), value(number, "again"), in: tables[0]) }
        }
        #expect(try environment.beginRead().entryCount(tables[0]) == 1_200)
    }

    /// A snapshot that still reads old pages keeps them.
    @Test func openSnapshotsKeepWhatTheySee() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: options(true))
        let table = try environment.existingTable("a")
        try write(environment) { transaction in
            for number in 0..<300 { try transaction.put(key(number), value(number, "SECRET"), in: table) }
        }
        do {
            let snapshot = try environment.beginRead()
            try write(environment) { transaction in
                for number in 0..<300 { _ = try transaction.delete(key(number), in: table) }
            }
            #expect(try !environment.scrub().isComplete)
            let seen = try snapshot.entries(table)
            #expect(seen.count == 300 && seen[17].value == value(17, "SECRET"))
            snapshot.end()
        }
        #expect(try environment.scrub().isComplete)
        #expect(try count("SECRET") == 0)
    }

    /// Deleting the first entry of a page leaves its key in the page above.
    @Test func keysOfUpperPagesAreTold() throws {
        let environment = try Environment.create(
            directory: directory("env"), tables: ["a", "b"], options: options(true))
        let table = try environment.existingTable("a")
        let other = try environment.existingTable("b")
        try write(environment) { transaction in
            for number in 0..<4_000 {
                try transaction.put(key(number), value(1, "v"), in: table)
                try transaction.put(key(number), value(1, "v"), in: other)
            }
        }
        #expect(try !environment.hasStaleKeys(table) { _ in true })
        try write(environment) { transaction in
            for number in 0..<4_000 where number % 3 != 1 { _ = try transaction.delete(key(number), in: table) }
        }
        #expect(try environment.hasStaleKeys(table) { _ in true })
        #expect(try !environment.hasStaleKeys(table) { _ in false })
        #expect(try !environment.hasStaleKeys(other) { _ in true })
    }
}
