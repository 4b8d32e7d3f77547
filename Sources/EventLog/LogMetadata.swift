internal import LMDB

/// What the table `meta` says of a log (RECORD.md).
struct LogMetadata {
    static let formatVersion: UInt32 = 1
    private static let formatKey: StaticString = "format"
    private static let originKey: StaticString = "origin"
    private static let pageSizeKey: StaticString = "page-size"
    private static let continuesKey: StaticString = "continues"
    private static let digestKey: StaticString = "sha256"

    let identity: LogIdentity
    let pageSize: UInt32

    /// nil where nothing was written yet.
    static func load(
        _ transaction: borrowing ReadTransaction, _ table: Table
    ) throws(LogError) -> LogMetadata? {
        guard let format = try value(formatKey, transaction, table) else { return nil }
        guard format.count == 4 else { throw .damagedMetadata(key: formatKey.description) }
        let version: UInt32 = format.littleEndian(at: 0)
        guard version == formatVersion else { throw .unknownFormat(version) }
        guard let origin = try value(originKey, transaction, table), origin.count == Digest16.byteCount else {
            throw .damagedMetadata(key: originKey.description)
        }
        guard let pageSize = try value(pageSizeKey, transaction, table), pageSize.count == 4 else {
            throw .damagedMetadata(key: pageSizeKey.description)
        }
        let ancestors = try value(continuesKey, transaction, table).map(LogAncestor.list)
        guard let ancestors = ancestors ?? [] else { throw .damagedMetadata(key: continuesKey.description) }
        let metadata = LogMetadata(
            identity: LogIdentity(origin: Digest16(origin), ancestors: ancestors),
            pageSize: pageSize.littleEndian(at: 0))
        // Logs that an older program made have none.
        if let digest = try value(digestKey, transaction, table) {
            guard digest.count == Digest32.byteCount, Digest32(digest) == metadata.digest else {
                throw .damagedMetadata(key: digestKey.description)
            }
        }
        return metadata
    }

    /// Over all of it, as it is stored: nothing else covers which log it is.
    private var digest: Digest32 {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: Self.formatVersion.littleEndian) { bytes.append(contentsOf: $0) }
        identity.origin.append(to: &bytes)
        withUnsafeBytes(of: pageSize.littleEndian) { bytes.append(contentsOf: $0) }
        bytes += ancestorBytes
        return bytes.withUnsafeBytes { Digest32.hashing($0) }
    }

    private var ancestorBytes: [UInt8] {
        identity.ancestors.reduce(into: [UInt8]()) { $1.append(to: &$0) }
    }

    func store(_ transaction: borrowing WriteTransaction, _ table: Table) throws(LMDBError) {
        try put(Self.formatKey, Self.formatVersion.littleEndian, transaction, table)
        try put(Self.originKey, identity.origin, transaction, table)
        try put(Self.pageSizeKey, pageSize.littleEndian, transaction, table)
        try put(Self.digestKey, digest, transaction, table)
        guard !identity.ancestors.isEmpty else { return }
        try ancestorBytes.withRawBytes { (bytes) throws(LMDBError) in
            _ = try transaction.put(Self.key(Self.continuesKey), bytes, in: table)
        }
    }

    private static func key(_ name: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    }

    private static func value(
        _ name: StaticString, _ transaction: borrowing ReadTransaction, _ table: Table
    ) throws(LogError) -> UnsafeRawBufferPointer? {
        do throws(LMDBError) {
            return try transaction.get(key(name), in: table)
        } catch {
            throw .storage(error)
        }
    }

    private func put<T: BitwiseCopyable>(
        _ name: StaticString, _ value: T, _ transaction: borrowing WriteTransaction, _ table: Table
    ) throws(LMDBError) {
        try withUnsafePointer(to: value) { (pointer) throws(LMDBError) in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: MemoryLayout<T>.size)
            _ = try transaction.put(Self.key(name), bytes, in: table)
        }
    }
}
