public import BSON

/// The engine's side of guards and projectors: the batch in memory over the committed views. Documents are addressed by
/// an entry that stays valid for the batch; a failure to read the views is latched by the engine, which then fails the
/// batch, so that nothing here throws.
public protocol DocumentStorage: AnyObject {
    var arena: Arena { get }

    /// The entry of a document that exists, by the encoded `_id`; -1 where there is none.
    func locate(_ collection: CollectionNumber, key: UnsafeRawBufferPointer) -> Int
    /// The entry of the document that holds `key` in a unique index; -1 where none does.
    func locate(_ collection: CollectionNumber, uniqueIndex: Int, key: UnsafeRawBufferPointer) -> Int
    /// The documents whose index key starts with `prefix`, from the last or the first, until `body` returns false.
    func scan(
        _ collection: CollectionNumber, index: Int, prefix: UnsafeRawBufferPointer, backward: Bool,
        _ body: (Int) -> Bool)
    /// The bytes of a located document, valid until it is next changed.
    func raw(_ entry: Int) -> RawDocument

    /// Adds a document; the engine checks neither rules nor uniqueness here.
    func insert(_ collection: CollectionNumber, key: UnsafeRawBufferPointer, document: UnsafeRawBufferPointer) -> Int
    /// The document for changing in place; the engine keeps what undo needs and notes that this event touched it.
    func edit(_ entry: Int) -> UnsafeMutablePointer<MutableDocument>
    /// While it is set, documents are only adjusted: what the event says of a person goes into none of them.
    var isAdjusting: Bool { get set }
    /// Says which field of `entry` was changed, so that only its indexes are looked at.
    func changed(_ entry: Int, identity: UInt64)
    func changedAnything(_ entry: Int)
    func remove(_ entry: Int)

    /// The id of the key that seals what is known of a person; zeros where they were erased for good, `nil` where nothing
    /// is known.
    func keyID(of person: Person) -> [UInt8]?

    /// Private state of a projector, kept by document: the value under (document, name), or `nil`.
    func state(_ entry: Int, _ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
    func setState(_ entry: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
}

/// The encoded form of an `_id` on the stack.
public func withKey<R>(_ id: ObjectID, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    // The tag of ObjectIds in the key order, then the 12 bytes: what `KeyEncoder.encode` gives, without its array.
    withUnsafeTemporaryAllocation(byteCount: 13, alignment: 1) { buffer in
        buffer[0] = KeyEncoder.objectIDLead
        id.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
        return body(UnsafeRawBufferPointer(buffer))
    }
}
