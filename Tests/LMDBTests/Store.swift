import Glibc
import LMDB
import Platform

/// A directory of a test's own, removed with all it holds when the test lets it go.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/annals-lmdb-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FileError(operation: "mkdtemp", path: "/tmp", errno: errno)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileSystem.system.removeTree(path)
    }

    func callAsFunction(_ name: String) -> String { path + "/" + name }
}

extension EnvironmentOptions {
    /// Small, and without flushing, which these tests do not need.
    static let small = EnvironmentOptions(mapBytes: 64 << 20, maxTables: 8, synchronous: false)
}

/// SplitMix64: the same seed makes the same run on every machine.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

/// Eight bytes, big endian, so that keys come in the order of the numbers.
func key(_ number: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
}

func text(_ string: String) -> [UInt8] { Array(string.utf8) }

struct Entry: Equatable {
    var key: [UInt8]
    var value: [UInt8]
}

extension Environment {
    /// A table that was named at opening; `#require` does not take what belongs to a noncopyable value.
    func existingTable(_ name: String) throws -> Table {
        guard let table = table(name) else { throw LMDBError(code: ENOENT, operation: "table", detail: name) }
        return table
    }
}

extension Transaction where Self: ~Copyable {
    func value(_ key: [UInt8], in table: Table) throws -> [UInt8]? {
        try key.withUnsafeBytes { try get($0, in: table).map { Array($0) } }
    }

    /// Every entry, in order.
    func entries(_ table: Table) throws -> [Entry] {
        var cursor = try cursor(table)
        var entries: [Entry] = []
        while try cursor.next() { entries.append(cursor.entry) }
        return entries
    }
}

extension WriteTransaction {
    @discardableResult
    func put(_ key: [UInt8], _ value: [UInt8], in table: Table, flags: PutFlags = []) throws -> Bool {
        try key.withUnsafeBytes { key in
            try value.withUnsafeBytes { try put(key, $0, in: table, flags: flags) }
        }
    }

    func reserve(_ key: [UInt8], byteCount: Int, in table: Table) throws -> UnsafeMutableRawBufferPointer {
        try key.withUnsafeBytes { try reserve($0, byteCount: byteCount, in: table) }
    }

    @discardableResult
    func delete(_ key: [UInt8], in table: Table) throws -> Bool {
        try key.withUnsafeBytes { try delete($0, in: table) }
    }
}

extension Cursor {
    var entry: Entry { Entry(key: Array(key), value: Array(value)) }

    mutating func seek(atOrAfter key: [UInt8]) throws -> Bool {
        try key.withUnsafeBytes { try seek(atOrAfter: $0) }
    }

    mutating func seek(before key: [UInt8]) throws -> Bool {
        try key.withUnsafeBytes { try seek(before: $0) }
    }

    mutating func seek(exactly key: [UInt8]) throws -> Bool {
        try key.withUnsafeBytes { try seek(exactly: $0) }
    }

    @discardableResult
    mutating func put(_ key: [UInt8], _ value: [UInt8], flags: PutFlags = []) throws -> Bool {
        try key.withUnsafeBytes { key in try value.withUnsafeBytes { try put(key, $0, flags: flags) } }
    }
}

/// Runs the body and returns what kind of LMDB error it threw, nil if none.
func failure(_ body: () throws -> Void) -> LMDBError.Kind? {
    do {
        try body()
        return nil
    } catch let error as LMDBError {
        return error.kind
    } catch {
        return .other(.min)
    }
}
