internal import BSON

/// A version of a document with a long history, as the side table keeps it, so that looking back need not begin with its
/// first event: what it was once a number of events had touched it that is a multiple of the catalogue's interval.
///
///     7, encoded `_id`, position u64 big endian   what the event at the position left: how many events had touched the
///                                                 document u32, then the document
///     8, encoded `_id`, the length of a state's   what the state was as so many versions had been kept: u8 0 where there
///     name u16 big endian, the name, how many     was none, else 1 and its value. Written as it is first changed after
///     versions u32 big endian                     that, so that what does not change is not written again with each version
///
/// They are of the document as it is: one that is removed takes them along. All of it is a function of log, keys and
/// projectors.
struct KeptVersion {
    /// How many events had touched the document.
    let count: UInt32
    let document: RawDocument

    static let fixedBytes = 4
    private static let emptyDocumentBytes = 5

    init?(_ stored: UnsafeRawBufferPointer) {
        guard let base = stored.baseAddress, stored.count >= Self.fixedBytes + Self.emptyDocumentBytes else {
            return nil
        }
        count = UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self))
        document = RawDocument(base + Self.fixedBytes)
        guard document.byteCount == stored.count - Self.fixedBytes else { return nil }
    }

    // MARK: Keys

    static func prefix(_ key: some Swift.Collection<UInt8>) -> [UInt8] { [SideKind.version] + key }

    static func key(_ key: some Swift.Collection<UInt8>, _ position: UInt64) -> [UInt8] {
        prefix(key) + AnomalyRow.bigEndian(position)
    }

    /// Of a state of the document with this key, once `versions` of it were kept.
    static func stateKey(
        _ key: some Swift.Collection<UInt8>, _ name: some Swift.Collection<UInt8>, _ versions: UInt32
    ) -> [UInt8] {
        var row = statePrefix(key, name)
        withUnsafeBytes(of: versions.bigEndian) { row.append(contentsOf: $0) }
        return row
    }

    static func statePrefix(_ key: some Swift.Collection<UInt8>, _ name: some Swift.Collection<UInt8>) -> [UInt8] {
        var row: [UInt8] = [SideKind.formerState] + key
        withUnsafeBytes(of: UInt16(truncatingIfNeeded: name.count).bigEndian) { row.append(contentsOf: $0) }
        return row + name
    }
}
