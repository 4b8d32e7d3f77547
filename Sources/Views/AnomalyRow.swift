internal import BSON

/// An event that a view could not apply, as its side table holds it.
///
///     3, encoded `_id`                  the document that is held since: position u64, events held u64, the event type's
///                                       length u16, the event type, why
///     3, 0xFF, position u64 big endian  the same, where no document is held
///     4, encoded `_id`, position u64 big endian   an event held because of it: nothing
///     5, position u64 big endian        an event that the view did not apply at its own position, ever: nothing
///     6, position u64 big endian, position u64 big endian   the second was applied when the first ended a hold: nothing
///
/// All of it is a function of log, keys and projectors.
struct AnomalyRow: Hashable {
    /// Of the event that could not be applied.
    var position: UInt64
    var eventType: String
    var reason: String
    /// Events held because of it.
    var heldCount = 0

    private static let fixedBytes = 18
    /// A projector may say much.
    private static let longestReason = 500

    init(position: UInt64, eventType: String, reason: String) {
        self.position = position
        self.eventType = eventType
        self.reason =
            reason.utf8.count > Self.longestReason ? String(reason.prefix(Self.longestReason / 4)) + "…" : reason
    }

    init?(_ stored: UnsafeRawBufferPointer) {
        guard stored.count >= Self.fixedBytes else { return nil }
        position = UInt64(littleEndian: stored.loadUnaligned(as: UInt64.self))
        heldCount = Int(clamping: UInt64(littleEndian: stored.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        let typeEnd =
            Self.fixedBytes + Int(UInt16(littleEndian: stored.loadUnaligned(fromByteOffset: 16, as: UInt16.self)))
        guard typeEnd <= stored.count else { return nil }
        eventType = String(decoding: stored[Self.fixedBytes..<typeEnd], as: UTF8.self)
        reason = String(decoding: stored[typeEnd...], as: UTF8.self)
    }

    var textBytes: Int { eventType.utf8.count + reason.utf8.count }

    var bytes: [UInt8] {
        let type = Array(eventType.utf8)
        var bytes = withUnsafeBytes(of: position.littleEndian) { Array($0) }
        withUnsafeBytes(of: UInt64(heldCount).littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt16(clamping: type.count).littleEndian) { bytes.append(contentsOf: $0) }
        return bytes + type + Array(reason.utf8)
    }

    // MARK: Keys

    /// No encoded `_id` starts with it.
    private static let noDocument: UInt8 = 0xFF

    /// What stands in place of a document's key where no document is held.
    static func key(ofNoneAt position: UInt64) -> [UInt8] { [noDocument] + bigEndian(position) }

    /// The `_id` in a row's key; `nil` where no document is held.
    static func document(_ key: UnsafeRawBufferPointer) -> ObjectID? {
        guard key.count == 14, key[1] == KeyEncoder.objectIDLead else { return nil }
        return ObjectID(UnsafeRawBufferPointer(rebasing: key[2...]))
    }

    static func bigEndian(_ position: UInt64) -> [UInt8] { withUnsafeBytes(of: position.bigEndian) { Array($0) } }

    /// The position at the end of a key.
    static func position(endOf key: UnsafeRawBufferPointer) -> UInt64 {
        guard key.count >= 8 else { return 0 }
        return UInt64(bigEndian: key.loadUnaligned(fromByteOffset: key.count - 8, as: UInt64.self))
    }
}
