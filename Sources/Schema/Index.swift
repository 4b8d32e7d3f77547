public import BSON

/// A declared index: its parts in order, and its options. Named as MongoDB would name it.
public struct Index: Sendable {
    public struct Part: Sendable {
        public let path: FieldPath
        public let name: String
        public let isDescending: Bool

        init<Wrapped>(_ field: Field<Wrapped>) {
            path = field.path
            name = field.descriptor.name
            isDescending = field.isDescending
        }
    }

    public let parts: [Part]
    public internal(set) var isUnique = false
    public internal(set) var isSparse = false
    public let pattern: IndexPattern

    public init<each Wrapped: StoredValue>(_ field: repeat Field<each Wrapped>) {
        var parts: [Part] = []
        repeat parts.append(Part(each field))
        self.init(parts: parts, isUnique: false, isSparse: false)
    }

    public init(parts: [Part], isUnique: Bool, isSparse: Bool) {
        self.parts = parts
        self.isUnique = isUnique
        self.isSparse = isSparse
        pattern = IndexPattern(parts.map { .init($0.path, descending: $0.isDescending) }, sparse: isSparse)
    }

    public func unique() -> Index { Index(parts: parts, isUnique: true, isSparse: isSparse) }
    public func sparse() -> Index { Index(parts: parts, isUnique: isUnique, isSparse: true) }

    /// Tells the index by its fields, whatever their order on disk: what a look-up by those fields asks for.
    var identity: UInt64 { parts.reduce(0) { combinedIdentity($0, fieldIdentity($1.name)) } }

    /// `userId_1_agentId_1`
    public var name: String {
        parts.map { "\($0.name)_\($0.isDescending ? -1 : 1)" }.joined(separator: "_")
    }
}

/// Order-dependent combination of field identities.
@inlinable func combinedIdentity(_ a: UInt64, _ b: UInt64) -> UInt64 { (a ^ b) &* 0x9e37_79b9_7f4a_7c15 }
