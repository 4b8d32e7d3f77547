public import BSON

/// Whom personal data is about: what one key seals and one erasure ends. The domain says which kinds there are.
///
/// The id names nobody by itself: an `_id`, or a keyed hash. It stands in the `resolved` block of each event that
/// brings personal data.
public struct Person: Hashable, Sendable {
    /// On disk; never reused.
    public var kind: UInt8 { bytes[0] }
    /// 12 bytes of an `_id`, or 16 of a keyed hash.
    public var id: ArraySlice<UInt8> { bytes[1...] }
    /// As it is written everywhere: the kind, then the id.
    public let bytes: [UInt8]

    public init(kind: UInt8, _ id: ObjectID) {
        bytes = id.withUnsafeBytes { id in
            [UInt8](unsafeUninitializedCapacity: 1 + id.count) { bytes, count in
                bytes[0] = kind
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[1...]).copyMemory(from: id)
                count = 1 + id.count
            }
        }
    }

    public init(kind: UInt8, hash: [UInt8]) { bytes = [kind] + hash }

    /// Stands where no person is.
    public static let nobody = Person(kind: 0, hash: [])
}

/// The end of a person's key, as it stands in the `resolved` block of the event that brings it.
public struct Erasure: Hashable, Sendable {
    public let person: Person
    /// 16 bytes; zeros where nothing was sealed.
    public let keyID: [UInt8]
    /// Whether the person stays erased: nothing about them is recorded any more.
    public let isForGood: Bool

    static let field = Field<Value>.mixed("erases")
    private static let keyBytes = 16
    /// In place of the key id of somebody who was erased for good.
    public static let noKey = [UInt8](repeating: 0, count: keyBytes)

    /// The key id, 1 where it is for good, then the person.
    var value: Value { .binary(0, keyID + [isForGood ? 1 : 0] + person.bytes) }

    init(person: Person, keyID: [UInt8], isForGood: Bool) {
        self.person = person
        self.keyID = keyID
        self.isForGood = isForGood
    }

    /// Calls `body` with each erasure that an event brings.
    public static func forEach(in resolved: RawDocument, _ body: (Erasure) -> Void) {
        resolved.value(named: "erases")?.document?.forEach { _, value in
            guard let bytes = value.binary?.bytes, bytes.count > keyBytes + 2 else { return }
            let person = Person(kind: bytes[keyBytes + 1], hash: Array(bytes[(keyBytes + 2)...]))
            body(Erasure(person: person, keyID: Array(bytes[..<keyBytes]), isForGood: bytes[keyBytes] == 1))
        }
    }
}
