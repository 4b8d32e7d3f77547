import Glibc
import LMDB
import Testing

@Suite struct CursorTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func endsAreRememberedOnBothSides() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let transaction = try environment.beginWrite()
        var cursor = try transaction.cursor(table)
        for _ in 0..<2 {
            #expect(try cursor.first() == false)
            #expect(try cursor.last() == false)
            #expect(try cursor.next() == false)
            #expect(try cursor.previous() == false)
        }
        for number in [10, 20, 30] { try transaction.put(key(number), key(number + 1), in: table) }
        #expect(try cursor.last() && cursor.entry == Entry(key: key(30), value: key(31)))
        #expect(try cursor.next() == false)
        #expect(cursor.key.isEmpty && cursor.value.isEmpty && !cursor.isOnEntry)
        #expect(try cursor.next() == false)
        #expect(try cursor.previous() && cursor.entry.key == key(30))
        #expect(try cursor.first() && cursor.entry.key == key(10))
        #expect(try cursor.previous() == false)
        #expect(try cursor.previous() == false)
        #expect(try cursor.next() && cursor.entry.key == key(10))
    }

    @Test func seeks() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        try environment.write { transaction in
            for number in [10, 20, 30] { try transaction.put(key(number), [], in: table) }
        }
        let reader = try environment.beginRead()
        var cursor = try reader.cursor(table)
        #expect(try cursor.seek(atOrAfter: key(20)) && cursor.entry.key == key(20))
        #expect(try cursor.seek(atOrAfter: key(21)) && cursor.entry.key == key(30))
        #expect(try cursor.seek(atOrAfter: key(31)) == false)
        #expect(try cursor.previous() && cursor.entry.key == key(30))
        #expect(try cursor.seek(atOrAfter: []) && cursor.entry.key == key(10))
        #expect(try cursor.seek(before: key(20)) && cursor.entry.key == key(10))
        #expect(try cursor.seek(before: key(99)) && cursor.entry.key == key(30))
        #expect(try cursor.seek(before: key(10)) == false)
        #expect(try cursor.next() && cursor.entry.key == key(10))
        #expect(try cursor.seek(exactly: key(20)) && cursor.entry.key == key(20))
        #expect(try cursor.seek(exactly: key(21)) == false)
        let stands = cursor.isOnEntry
        #expect(!stands)
        #expect(try cursor.next() && cursor.entry.key == key(10))
    }

    /// Moves and writes by the thousand against a sorted array.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func behavesLikeAPlaceInASortedArray(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let transaction = try environment.beginWrite()
        var cursor = try transaction.cursor(table)
        var model: [Entry] = []
        // The place in the model: between two entries (doubled index, odd on an entry), or nil for nowhere.
        var place: Int?

        func position(atOrAfter key: [UInt8]) -> Int {
            var (low, high) = (0, model.count)
            while low < high {
                let middle = (low + high) / 2
                if model[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
            }
            return low
        }

        // Values of up to a page's quarter make splits, merges and trees of several levels.
        let range = seed % 2 == 0 ? 60 : 600
        for step in 0..<3_000 {
            let found: Bool
            let target = key(Int.random(in: 0..<range, using: &random))
            let deleteShare = step / 750 % 2 == 0 ? 1 : 4
            switch Int.random(in: 0..<(14 + deleteShare), using: &random) {
            case 0:
                found = try cursor.first()
                place = model.isEmpty ? 0 : 1
            case 1:
                found = try cursor.last()
                place = model.isEmpty ? 0 : 2 * model.count - 1
            case 2, 3, 4:
                found = try cursor.next()
                place = min((place ?? 0) | 1, 2 * model.count) + (place.map { $0 % 2 == 1 } == true ? 2 : 0)
                place = place.map { min($0, 2 * model.count) }
            case 5, 6, 7:
                found = try cursor.previous()
                let from = place ?? 2 * model.count
                place = max(from % 2 == 1 ? from - 2 : from - 1, 0)
            case 8:
                found = try cursor.seek(atOrAfter: target)
                let index = position(atOrAfter: target)
                place = index < model.count ? 2 * index + 1 : 2 * model.count
            case 9:
                found = try cursor.seek(before: target)
                place = max(2 * position(atOrAfter: target) - 1, 0)
            case 10:
                found = try cursor.seek(exactly: target)
                let index = position(atOrAfter: target)
                place = index < model.count && model[index].key == target ? 2 * index + 1 : nil
            case 11, 12, 13:
                let value = random.bytes(Int.random(in: 0...900, using: &random))
                try cursor.put(target, value)
                let index = position(atOrAfter: target)
                if index < model.count, model[index].key == target {
                    model[index].value = value
                } else {
                    model.insert(Entry(key: target, value: value), at: index)
                }
                place = 2 * index + 1
                let isForgotten = cursor.key.isEmpty
                #expect(isForgotten)
                found = try cursor.reload()
            default:
                guard let index = place.flatMap({ $0 % 2 == 1 ? $0 / 2 : nil }) else {
                    #expect(throws: LMDBError.self) { try cursor.delete() }
                    continue
                }
                try cursor.delete()
                model.remove(at: index)
                // The next move goes to a neighbour of the deleted entry.
                if random.next() % 2 == 0 {
                    found = try cursor.next()
                    place = index < model.count ? 2 * index + 1 : 2 * model.count
                } else {
                    found = try cursor.previous()
                    place = max(2 * index - 1, 0)
                }
            }
            let expected = place.flatMap { $0 % 2 == 1 ? model[$0 / 2] : nil }
            guard found == (expected != nil), !found || cursor.entry == expected else {
                Issue.record("seed \(seed), step \(step): \(found), not \(String(describing: expected?.key))")
                return
            }
        }
        #expect(try transaction.entries(table) == model)
    }

    /// LMDB 0.9.24's own cursor remembers that it was at the end, and finds no next entry here.
    @Test func theNextEntryIsFoundAfterDeletingWhatWasPutBeforeTheLast() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let transaction = try environment.beginWrite()
        try transaction.put(key(20), [], in: table)
        var cursor = try transaction.cursor(table)
        #expect(try cursor.last())
        try cursor.put(key(10), [])
        try cursor.delete()
        #expect(try cursor.next() && cursor.entry.key == key(20))
        try cursor.put(key(10), [])
        try cursor.delete()
        #expect(try cursor.previous() == false)
    }

    @Test func appendAndNoOverwriteThroughACursor() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let transaction = try environment.beginWrite()
        do {
            var cursor = try transaction.cursor(table)
            for number in 0..<2_000 { #expect(try cursor.put(key(number), key(number), flags: .append)) }
            #expect(throws: LMDBError.self) { try cursor.put(key(5), [], flags: .append) }
            #expect(try cursor.put(key(7), [1], flags: .noOverwrite) == false)
            #expect(try cursor.reload() && cursor.entry == Entry(key: key(7), value: key(7)))
            #expect(try cursor.next() && cursor.entry.key == key(8))
        }
        try transaction.commit()
        #expect(try environment.beginRead().entryCount(table) == 2_000)
    }

    @Test func cursorsMayOutliveTheirTransactionAndSaySo() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        let writer = try environment.beginWrite()
        try writer.put(key(1), [1], in: table)
        var stale = try writer.cursor(table)
        #expect(try stale.first())
        try writer.commit()
        #expect(failure { _ = try stale.next() } == .transactionEnded)
        #expect(failure { _ = try stale.delete() } == .transactionEnded)
        #expect(failure { _ = try stale.put(key(2), [2]) } == .transactionEnded)

        let reader = try environment.beginRead()
        var old = try reader.cursor(table)
        #expect(try old.first())
        reader.end()
        #expect(failure { _ = try old.first() } == .transactionEnded)
        // The same slot now serves another snapshot, which is still none of the old cursor's business.
        let next = try environment.beginRead()
        #expect(failure { _ = try old.seek(exactly: key(1)) } == .transactionEnded)
        #expect(try next.entryCount(table) == 1)
    }

    @Test func cursorsOfReadersCannotWrite() throws {
        let environment = try Environment.create(directory: directory("env"), tables: ["a"], options: .small)
        let table = try environment.existingTable("a")
        try environment.write { transaction in try transaction.put(key(1), [1], in: table) }
        let reader = try environment.beginRead()
        var cursor = try reader.cursor(table)
        #expect(try cursor.first())
        #expect(throws: LMDBError(code: EACCES, operation: "mdb_cursor_del", detail: "a")) { try cursor.delete() }
        #expect(throws: LMDBError(code: EACCES, operation: "mdb_cursor_put", detail: "a")) {
            try cursor.put(key(2), [])
        }
    }
}
