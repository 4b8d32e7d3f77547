import Foundation
import LMDB
import Schema
import Testing
import Views

/// The tables of a store that nobody has open, by their names, read and changed without anything of the engine's above LMDB.
struct RawTables {
    let directory: String
    let catalogue: Catalogue

    struct Entry {
        let key: [UInt8]
        let value: [UInt8]
        var keyText: String { key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    }

    enum Environments: String { case views, log }

    private func open(_ which: Environments) throws -> Environment {
        switch which {
        case .views:
            try Environment(
                directory: directory + "/views", tables: ViewTableNames.all(catalogue),
                options: EnvironmentOptions(
                    mapBytes: 4 << 30, maxTables: 256 + 8 * catalogue.collections.count, synchronous: false,
                    writeMap: true))
        case .log:
            try Environment(
                directory: directory + "/log", tables: ["records", "meta"],
                options: EnvironmentOptions(mapBytes: 4 << 30, maxTables: 8, synchronous: true))
        }
    }

    /// All entries of a table.
    func entries(_ name: String, in which: Environments = .views) throws -> [Entry] {
        let environment = try open(which)
        let named = environment.table(name)
        let table = try #require(named)
        var entries: [Entry] = []
        let transaction = try environment.beginRead()
        var cursor = try transaction.cursor(table)
        var found = try cursor.first()
        while found {
            entries.append(Entry(key: Array(cursor.key), value: Array(cursor.value)))
            found = try cursor.next()
        }
        return entries
    }

    /// Puts a value under a key, or with none takes the key away.
    func put(_ name: String, _ key: [UInt8], _ value: [UInt8]?, in which: Environments = .views) throws {
        let environment = try open(which)
        let named = environment.table(name)
        let table = try #require(named)
        let transaction = try environment.beginWrite()
        try key.withUnsafeBytes { key in
            if let value {
                _ = try value.withUnsafeBytes { try transaction.put(key, $0, in: table) }
            } else {
                let wasThere = try transaction.delete(key, in: table)
                #expect(wasThere)
            }
        }
        try transaction.commit()
    }

    /// Runs `body` over what a change leaves, then puts back what was there.
    func changing<R>(
        _ name: String, _ key: [UInt8], to value: [UInt8]?, in which: Environments = .views, _ body: () throws -> R
    ) throws -> R {
        let before = try entries(name, in: which).first { $0.key == key }?.value
        try put(name, key, value, in: which)
        let result = Result { try body() }
        try put(name, key, before, in: which)
        return try result.get()
    }
}
