public import BSON

/// One declared field as plain values: what the engine, the reference and the conformance test read.
public struct FieldDescriptor: Sendable, Equatable {
    public var path: FieldPath
    public var name: String
    public var kind: FieldKind
    public var isRequired = false
    /// Required only when another field has this value: (path, value).
    public var requiredWhen: (path: FieldPath, equals: String)?
    public var isLowercased = false
    public var isTrimmed = false
    public var allowed: [String] = []
    public var minimum: Double?
    public var maximum: Double?
    /// In UTF-16 code units, as JavaScript counts.
    public var maxLength: Int?
    public var minLength: Int?
    public var defaultValue: FieldDefault?
    /// The collection the value refers to, by name.
    public var reference: String?
    public var privacy = Privacy.open
    public var maintenance = Maintenance.caller
    /// A custom rule: a name for the reference, and the check (true = fits).
    public var format: Format?

    public struct Format: Sendable, Equatable {
        public let description: String
        public let fits: @Sendable (UnsafeRawBufferPointer) -> Bool
        public static func == (a: Self, b: Self) -> Bool { a.description == b.description }
    }

    public init(_ name: String, _ kind: FieldKind) {
        self.name = name
        self.path = FieldPath(name)
        self.kind = kind
    }

    public var isDerived: Bool {
        if case .derived = maintenance { true } else { false }
    }

    /// The sequencer completes what callers leave out.
    var isNumbered: Bool {
        if case .numbered = defaultValue { true } else { false }
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.name == b.name && a.kind == b.kind && a.isRequired == b.isRequired
            && a.requiredWhen?.path == b.requiredWhen?.path && a.requiredWhen?.equals == b.requiredWhen?.equals
            && a.isLowercased == b.isLowercased && a.isTrimmed == b.isTrimmed && a.allowed == b.allowed
            && a.minimum == b.minimum && a.maximum == b.maximum && a.maxLength == b.maxLength
            && a.minLength == b.minLength && a.defaultValue == b.defaultValue && a.reference == b.reference
            && a.privacy == b.privacy && a.maintenance == b.maintenance && a.format == b.format
    }
}
