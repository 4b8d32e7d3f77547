internal import BSON
internal import EventLog
internal import LMDB
internal import Schema

/// Versions that are kept of documents with a long history (`KeptVersion`): noted while events are applied, written with
/// all else.
extension Batch {
    /// What the batch keeps, in the order in which it came about.
    enum VersionRow {
        /// The row of a version, and its value. A later one of the same position takes its place.
        case version(entry: Int, position: UInt64, UnsafeRawBufferPointer)
        /// What a state was as so many versions were kept; `nil`: there was none. The first one counts.
        case formerState(entry: Int, name: UnsafeRawBufferPointer, versions: UInt32, UnsafeRawBufferPointer?)
        /// The document was removed, with all that was kept of it.
        case gone(entry: Int)

        var entry: Int {
            switch self {
            case .version(let entry, _, _), .formerState(let entry, _, _, _), .gone(let entry): entry
            }
        }
    }

    // MARK: Noting

    /// An event touches a document that many have touched: perhaps what it leaves is to be kept.
    func awaitVersion(_ entry: Int) {
        if entries[entry].header.count % versionInterval == 0 { dueVersions.append(entry) }
    }

    /// Once the event is applied.
    func keepVersions() {
        guard !dueVersions.isEmpty else { return }
        for entry in dueVersions {
            let (count, last) = (entries[entry].header.count, entries[entry].header.last)
            // One that the event removed counts anew.
            guard entries[entry].isPresent, count > 0, count % versionInterval == 0, last == position else { continue }
            versionRows.append(.version(entry: entry, position: position, versionValue(count, raw(entry))))
        }
        dueVersions.removeAll(keepingCapacity: true)
    }

    private func versionValue(_ count: UInt32, _ document: RawDocument) -> UnsafeRawBufferPointer {
        let bytes = document.bytes
        let value = arena.allocate(KeptVersion.fixedBytes + bytes.count)
        value.storeBytes(of: count.littleEndian, as: UInt32.self)
        if let base = bytes.baseAddress {
            (value + KeptVersion.fixedBytes).copyMemory(from: base, byteCount: bytes.count)
        }
        return UnsafeRawBufferPointer(start: value, count: KeptVersion.fixedBytes + bytes.count)
    }

    /// The state at `offset` is about to be changed, of a document of which versions are kept.
    func keepFormerState(_ entry: Int, _ offset: Int) {
        let versions = (entries[entry].header.count - 1) / versionInterval
        let (_, name, value, _) = stateValues[offset]
        versionRows.append(.formerState(entry: entry, name: name, versions: versions, value))
    }

    // MARK: Erasing

    /// Takes what a key sealed out of every version that is kept of a document. The documents then were what they would be in
    /// a replay whose key is gone, as the document itself is.
    func eraseVersions(_ entry: Int, _ personal: PersonalFields, _ keyID: Digest16) {
        guard entries[entry].header.count >= versionInterval else { return }
        var stored = versionsOfBatch(entry)
        do throws(LMDBError) {
            try addCommittedVersions(entry, to: &stored)
        } catch {
            if failure == nil { failure = error }
            return
        }
        for (position, value) in stored.sorted(by: { $0.key < $1.key }) {
            guard let version = KeptVersion(value),
                let erased = keyID.withUnsafeBytes({ personal.erased(version.document, keyID: $0) })
            else { continue }
            let bytes = erased.withRaw { versionValue(version.count, $0) }
            versionRows.append(.version(entry: entry, position: position, bytes))
        }
    }

    private func versionsOfBatch(_ entry: Int) -> [UInt64: UnsafeRawBufferPointer] {
        var values: [UInt64: UnsafeRawBufferPointer] = [:]
        for row in versionRows where row.entry == entry {
            switch row {
            case .version(_, let position, let value): values[position] = value
            case .gone: values = [:]
            case .formerState: break
            }
        }
        return values
    }

    private func addCommittedVersions(
        _ entry: Int, to values: inout [UInt64: UnsafeRawBufferPointer]
    ) throws(LMDBError) {
        // Those of a document that this batch removed are gone.
        guard !entries[entry].stateDropped else { return }
        let prefix = KeptVersion.prefix(entries[entry].key)
        guard var cursor = try transaction?.cursor(target.side(entries[entry].space)) else { return }
        var found = try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        while found, cursor.key.hasPrefix(prefix) {
            let position = AnomalyRow.position(endOf: cursor.key)
            if values[position] == nil { values[position] = cursor.value }
            found = try cursor.next()
        }
    }

    // MARK: Writing

    func writeVersions(_ side: inout [[TreeChange]], _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        guard !versionRows.isEmpty else { return }
        var removals: [Int: Int] = [:]
        for (index, row) in versionRows.enumerated() {
            if case .gone(let entry) = row { removals[entry] = index }
        }
        for entry in removals.keys.sorted() {
            try deleteSide(SideKind.version, of: entry, transaction)
            try deleteSide(SideKind.formerState, of: entry, transaction)
        }
        // Keys to places in the side table's list of changes.
        var places = ByteTable()
        for (index, row) in versionRows.enumerated() {
            if let removal = removals[row.entry], index <= removal { continue }
            let space = entries[row.entry].space
            let (key, value) = try keyAndValue(row)
            let known = key.withUnsafeBytes { places.find($0, space: UInt32(space)) }
            switch row {
            case .version:
                if known >= 0 {
                    side[space][places.value(at: known)] = TreeChange(places.key(at: known), value)
                    continue
                }
            case .formerState, .gone:
                if known >= 0 { continue }
                let isKept = try key.withRawBytes { (key) throws(LMDBError) -> Bool in
                    try transaction.get(key, in: target.side(space)) != nil
                }
                if isKept { continue }
            }
            let place = side[space].count
            let copy = key.withUnsafeBytes {
                places.insert($0, space: UInt32(space), value: place, arena: arena)
            }
            side[space].append(TreeChange(UnsafeRawBufferPointer(start: copy, count: key.count), value))
        }
    }

    private func keyAndValue(_ row: VersionRow) throws(LMDBError) -> ([UInt8], UnsafeRawBufferPointer) {
        let document = entries[row.entry].key
        switch row {
        case .version(_, let position, let value): return (KeptVersion.key(document, position), value)
        case .formerState(_, let name, let versions, let value):
            let bytes = arena.allocate(1 + (value?.count ?? 0))
            bytes.storeBytes(of: value == nil ? 0 : 1, as: UInt8.self)
            if let base = value?.baseAddress { (bytes + 1).copyMemory(from: base, byteCount: value?.count ?? 0) }
            return (
                KeptVersion.stateKey(document, name, versions),
                UnsafeRawBufferPointer(start: bytes, count: 1 + (value?.count ?? 0))
            )
        case .gone: return ([], UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }
}
