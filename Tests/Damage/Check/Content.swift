import Annals
import EventLog
import Foundation
import LMDB
import Platform
import Projections
import Schema
import Views

/// Everything that can be read of a store, entry by entry, by LMDB alone: what a change is without content by.
struct Content: Equatable {
    private var tables: [String: Digest32] = [:]

    init(_ site: Site) throws {
        let names = ViewTableNames.all(try Catalogue(allCollections))
        let views = try Environment(
            directory: site.path("store/views"), tables: names,
            options: EnvironmentOptions(
                mapBytes: 4 << 30, maxTables: max(256, names.count + 64), synchronous: false, readOnly: true))
        for name in names { try add("views", name, views) }
        let log = try Environment(
            directory: site.path("store/log"), tables: ["records", "meta"],
            options: EnvironmentOptions(mapBytes: 4 << 30, maxTables: 8, synchronous: true, readOnly: true))
        for name in ["records", "meta"] { try add("log", name, log) }
    }

    private mutating func add(_ place: String, _ name: String, _ environment: borrowing Environment) throws {
        guard let table = environment.table(name) else {
            tables[place + "/" + name] = .zero
            return
        }
        var bytes: [UInt8] = []
        let transaction = try environment.beginRead()
        var cursor = try transaction.cursor(table)
        var isThere = try cursor.first()
        while isThere {
            for part in [cursor.key, cursor.value] {
                withUnsafeBytes(of: UInt64(part.count)) { bytes.append(contentsOf: $0) }
                bytes.append(contentsOf: part)
            }
            isThere = try cursor.next()
        }
        tables[place + "/" + name] = bytes.withUnsafeBytes { Digest32.hashing($0) }
    }

    /// The tables that are not the same.
    func differing(from other: Content) -> [String] {
        tables.keys.filter { tables[$0] != other.tables[$0] }.sorted()
    }
}
