import Annals
import EventLog
import LMDB
import Projections
import Schema
import Views

/// A number for each table of a closed store's views, made of every byte of every entry in any order.
struct TableDigests {
    struct Digest: Equatable {
        var entries = 0
        /// Hashes of the entries, added up: renamed keys stand in another order.
        var sum: SIMD4<UInt64> = .zero
    }

    private(set) var tables: [String: Digest] = [:]

    /// What depends on nonces alone is left out: subtree hashes and the checkpoint's leaf are made of sealed bytes.
    init(_ directory: String, _ names: KeyNames) throws {
        let catalogue = try Catalogue(allCollections)
        let all = ViewTableNames.all(catalogue)
        let environment = try Environment(
            directory: directory + "/views", tables: all,
            options: EnvironmentOptions(
                mapBytes: Importing.options().views.mapBytes, maxTables: all.count + 64, synchronous: false,
                readOnly: true))
        let transaction = try environment.beginRead()
        for name in all where name != ViewTableNames.merkle {
            let table = environment.table(name)
            guard let table else { throw Failed("there is no table \(name) in \(directory)") }
            var digest = Digest()
            var cursor = try transaction.cursor(table)
            var found = try cursor.first()
            while found {
                Self.add(cursor.key, cursor.value, name, names, &digest)
                found = try cursor.next()
            }
            tables[name] = digest
        }
    }

    private static func add(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ table: String, _ names: KeyNames,
        _ digest: inout Digest
    ) {
        var key = Array(key)
        var value = Array(value)
        switch table {
        case ViewTableNames.meta:
            // Counts, roots and placements; the checkpoint is compared by position, the rest is of the moment.
            let text = String(decoding: key, as: UTF8.self)
            guard ["count.", "root.", "view."].contains(where: { text.hasPrefix($0) }) else { return }
        case ViewTableNames.persons: names.rename(&value, at: 0)
        case ViewTableNames.owned: names.rename(&key, at: 0)
        default:
            names.renameErased(&key)
            names.renameErased(&value)
        }
        var entry: [UInt8] = []
        withUnsafeBytes(of: UInt64(key.count).littleEndian) { entry.append(contentsOf: $0) }
        entry += key
        entry += value
        let hash = entry.withUnsafeBytes { Digest32.hashing($0) }
        digest.entries += 1
        hash.withUnsafeBytes { bytes in
            for lane in 0..<4 {
                digest.sum[lane] &+= bytes.loadUnaligned(fromByteOffset: lane * 8, as: UInt64.self)
            }
        }
    }

    /// The tables that are not the same.
    func differences(_ other: TableDigests) -> [String] {
        Set(tables.keys).union(other.tables.keys).sorted().compactMap { name in
            guard let a = tables[name], let b = other.tables[name], a != b else { return nil }
            return "table \(name): \(a.entries) entries and \(b.entries), not the same bytes"
        }
    }

    var entries: Int { tables.values.reduce(0) { $0 + $1.entries } }
}
