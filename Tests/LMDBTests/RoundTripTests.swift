import LMDB
import Testing

@Suite struct RoundTripTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomEntriesReadBackAlsoAfterReopening(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var model: [[UInt8]: [UInt8]] = [:]
        do {
            let environment = try Environment.create(
                directory: directory("env"), tables: ["a", "b"], options: .small)
            let table = try environment.existingTable("a")
            for _ in 0..<20 {
                let transaction = try environment.beginWrite()
                for _ in 0..<50 {
                    let key = random.bytes(Int.random(in: 1...511, using: &random))
                    // From nothing over values in leaves to ones in pages of their own.
                    let value = random.bytes([0, 1, 100, 1900, 5000, 70_000].randomElement(using: &random) ?? 0)
                    #expect(try transaction.put(key, value, in: table))
                    model[key] = value
                    #expect(try transaction.value(key, in: table) == value)
                }
                if let victim = model.keys.min(by: { $0.lexicographicallyPrecedes($1) }), random.next() % 2 == 0 {
                    #expect(try transaction.delete(victim, in: table))
                    #expect(try transaction.delete(victim, in: table) == false)
                    model[victim] = nil
                }
                try transaction.commit()
            }
            let other = try environment.existingTable("b")
            #expect(try environment.beginRead().entryCount(other) == 0)
        }
        let environment = try Environment(directory: directory("env"), tables: ["a", "b"], options: .small)
        let table = try environment.existingTable("a")
        let transaction = try environment.beginRead()
        let expected = model.map { Entry(key: $0.key, value: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        #expect(try transaction.entries(table) == expected)
        #expect(try transaction.entryCount(table) == model.count)
        #expect(try transaction.statistics(table).overflowPages > 0)
    }

    @Test func missingKeysAreNil() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let missing = environment.table("b")
        #expect(missing == nil)
        #expect(try environment.beginRead().value(text("x"), in: table) == nil)
    }

    @Test func putReplacesAndNoOverwriteDoesNot() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let transaction = try environment.beginWrite()
        #expect(try transaction.put(key(1), text("old"), in: table, flags: .noOverwrite))
        #expect(try transaction.put(key(1), text("new"), in: table, flags: .noOverwrite) == false)
        #expect(try transaction.value(key(1), in: table) == text("old"))
        #expect(try transaction.put(key(1), text("new"), in: table))
        #expect(try transaction.value(key(1), in: table) == text("new"))
        try transaction.commit()
    }

    @Test func appendTakesAscendingKeysOnly() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        do {
            let transaction = try environment.beginWrite()
            for number in 0..<5_000 { try transaction.put(key(number), key(number * 3), in: table, flags: .append) }
            #expect(failure { try transaction.put(key(4_999), [], in: table, flags: .append) } == .keyExists)
            #expect(failure { try transaction.put(key(17), [], in: table, flags: .append) } == .keyExists)
            #expect(
                failure { try transaction.put(key(17), [], in: table, flags: [.append, .noOverwrite]) } == .keyExists)
            try transaction.put(key(5_000), [], in: table, flags: .append)
            try transaction.commit()
        }
        let transaction = try environment.beginRead()
        #expect(try transaction.entryCount(table) == 5_001)
        #expect(try transaction.value(key(17), in: table) == key(51))
        // Appending fills pages: 5,000 entries of 16 bytes and their headers in about 32 pages, not twice as many.
        #expect(try transaction.statistics(table).leafPages < 40)
    }

    @Test func reservedRoomIsWrittenInPlace() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let transaction = try environment.beginWrite()
        for count in [0, 5, 3_000] {
            let room = try transaction.reserve(key(count), byteCount: count, in: table)
            #expect(room.count == count)
            for index in room.indices { room[index] = UInt8(truncatingIfNeeded: index) }
        }
        try transaction.commit()
        let reader = try environment.beginRead()
        for count in [0, 5, 3_000] {
            #expect(try reader.value(key(count), in: table) == (0..<count).map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    @Test func emptyKeepsTheTableAndTheOthers() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a", "b"], options: .small)
        let (a, b) = try (environment.existingTable("a"), environment.existingTable("b"))
        try environment.write { transaction in
            try transaction.put(key(1), [1], in: a)
            try transaction.put(key(1), [2], in: b)
        }
        try environment.write { (transaction) throws(LMDBError) in try transaction.empty(a) }
        let reader = try environment.beginRead()
        #expect(try reader.entries(a).isEmpty)
        #expect(try reader.entries(b) == [Entry(key: key(1), value: [2])])
    }

    @Test(arguments: [0, 512, 600])
    func keysOfOtherLengthsAreRefusedEverywhere(count: Int) throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let bad = [UInt8](repeating: 7, count: count)
        let transaction = try environment.beginWrite()
        #expect(failure { try transaction.put(bad, [], in: table) } == .badKeySize)
        #expect(failure { _ = try transaction.reserve(bad, byteCount: 1, in: table) } == .badKeySize)
        #expect(failure { try transaction.delete(bad, in: table) } == .badKeySize)
        #expect(failure { _ = try transaction.value(bad, in: table) } == .badKeySize)
        var cursor = try transaction.cursor(table)
        #expect(throws: LMDBError.self) { try cursor.put(bad, []) }
        #expect(throws: LMDBError.self) { try cursor.seek(exactly: bad) }
        if count > 0 { #expect(throws: LMDBError.self) { try cursor.seek(atOrAfter: bad) } }
        // The transaction is none the worse for it.
        for count in [1, 511] {
            let good = [UInt8](repeating: 7, count: count)
            try transaction.put(good, [9], in: table)
            #expect(try transaction.value(good, in: table) == [9])
        }
        try transaction.commit()
        #expect(try environment.beginRead().entryCount(table) == 2)
    }

    @Test func spanShowsTheValue() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        try environment.write { transaction in try transaction.put(key(1), [4, 5, 6], in: table) }
        let reader = try environment.beginRead()
        let bytes = key(1)
        try bytes.withUnsafeBytes { key in
            let span = try reader.span(of: key, in: table)
            guard let span else {
                Issue.record("no span")
                return
            }
            #expect(span.byteCount == 3)
            #expect(span.unsafeLoad(fromByteOffset: 2, as: UInt8.self) == 6)
        }
        let missing = key(2)
        try missing.withUnsafeBytes { key in
            if let _ = try reader.span(of: key, in: table) { Issue.record("a span of nothing") }
        }
    }
}
