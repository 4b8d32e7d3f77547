public import BSON

/// A typed handle of one field: schema, index, guard, projector, query and documentation all use it, so a misspelt
/// field does not compile.
public struct Field<Wrapped: StoredValue>: Sendable {
    public internal(set) var descriptor: FieldDescriptor
    /// Where the value stands in a document, resolved once.
    public let path: FieldPath
    /// Tells fields of one collection apart without comparing text.
    public let identity: UInt64
    /// In an index: from the largest value down.
    public internal(set) var isDescending = false

    init(_ name: String, _ kind: FieldKind) {
        descriptor = FieldDescriptor(name, kind)
        path = descriptor.path
        identity = fieldIdentity(name)
    }

    /// This field as a descending part of an index.
    public var descending: Self {
        var copy = self
        copy.isDescending = true
        return copy
    }

    /// A member of the sub-documents in this array, for an index or a query: `achievements.earnedAt`.
    public func member(_ name: String) -> Field<Value> { Field<Value>(descriptor.name + "." + name, .mixed) }

    func with(_ change: (inout FieldDescriptor) -> Void) -> Self {
        var copy = self
        change(&copy.descriptor)
        return copy
    }
}

/// FNV-1a over the dotted name.
func fieldIdentity(_ name: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return hash
}

/// What enumerating a `FieldSet` finds.
protocol AnyField: Sendable {
    var descriptor: FieldDescriptor { get }
}
extension Field: AnyField {}

// MARK: - Making fields

extension Field where Wrapped == String {
    public static func string(_ name: String) -> Self { Self(name, .string) }
}
extension Field where Wrapped == Double {
    /// The seed's Number: Int32, Int64 or Double, as the caller gave it.
    public static func number(_ name: String) -> Self { Self(name, .number) }
}
extension Field where Wrapped == Int64 {
    /// A Number read as an integer.
    public static func integer(_ name: String) -> Self { Self(name, .number) }
    /// An Int64 that projectors alone keep, from 0. `events` names those that change it.
    public static func counter(_ name: String, by events: String) -> Self {
        Self(name, .number).with {
            $0.defaultValue = .int(0); $0.maintenance = .derived(by: events)
        }
    }
}
extension Field where Wrapped == Decimal128 {
    /// A sum of money that projectors alone keep, exact: they write it from the start. `events` names those that
    /// change it.
    public static func decimal(_ name: String, by events: String) -> Self {
        Self(name, .number).with {
            $0.defaultValue = .int(0); $0.maintenance = .derived(by: events)
        }
    }
}
extension Field where Wrapped == Bool {
    public static func boolean(_ name: String) -> Self { Self(name, .boolean) }
}
extension Field where Wrapped == DateTime {
    public static func date(_ name: String) -> Self { Self(name, .date) }
    /// `createdAt`, `updatedAt`: the event's time.
    public static func timestamp(_ name: String) -> Self { Self(name, .date).with { $0.maintenance = .timestamp } }
}
extension Field where Wrapped == ObjectID {
    public static func objectID(_ name: String) -> Self { Self(name, .objectID) }
    public static func reference(_ name: String, to collection: String) -> Self {
        Self(name, .objectID).with { $0.reference = collection }
    }
}
extension Field where Wrapped == Value {
    public static func mixed(_ name: String) -> Self { Self(name, .mixed) }
    public static func strings(_ name: String, maxLength: Int? = nil) -> Self {
        var element = FieldDescriptor("", .string)
        element.maxLength = maxLength
        return Self(name, .array(of: element))
    }
    /// An array of sub-documents, each given an `_id` as in mongoose.
    public static func objects<Element: FieldSet>(_ name: String, of element: Element) -> Self {
        Self(name, .array(of: FieldDescriptor("", .object(element.descriptors))))
    }
}

// MARK: - Rules

extension Field {
    public func required() -> Self { with { $0.isRequired = true } }
    /// Required where another field of the document has this value.
    public func required(when path: String, is value: String) -> Self {
        with { $0.requiredWhen = (FieldPath(path), value) }
    }
    /// Projectors alone write it; `events` names those that change it.
    public func derived(by events: String) -> Self { with { $0.maintenance = .derived(by: events) } }
    /// Refused in a patch, since other views count by it; `events` names those to use.
    public func changed(by events: String) -> Self { with { $0.maintenance = .through(events) } }
    public func personal() -> Self { with { $0.privacy = .personal } }
}
extension Field where Wrapped == String {
    public func oneOf(_ values: String...) -> Self { with { $0.allowed = values } }
    public func lowercased() -> Self { with { $0.isLowercased = true } }
    public func trimmed() -> Self { with { $0.isTrimmed = true } }
    /// In UTF-16 code units.
    public func atMost(_ length: Int) -> Self { with { $0.maxLength = length } }
    public func defaulting(to value: String) -> Self { with { $0.defaultValue = .string(value) } }
    public func generated(prefix: String) -> Self { with { $0.defaultValue = .generated(prefix: prefix) } }
    /// A business id that counts the documents of a day: `TICKET-20240131-001`. Needs a unique index over this field.
    public func numbered(prefix: String) -> Self { with { $0.defaultValue = .numbered(prefix: prefix) } }
    public func password(atLeast length: Int) -> Self {
        with {
            $0.privacy = .password; $0.minLength = length
        }
    }
    public func token() -> Self { with { $0.privacy = .token } }
    public func fits(_ description: String, _ check: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool) -> Self {
        with { $0.format = .init(description: description, fits: check) }
    }
}
extension Field where Wrapped == Value {
    /// Each element is hashed before the log, as a password is.
    public func passwords() -> Self { secrets(.password) }
    /// Each element is kept as a keyed hash: one that is presented later can be found among them.
    public func tokens() -> Self { secrets(.token) }

    /// The array's own privacy is what a patch looks at, its elements' what admission hashes by.
    private func secrets(_ privacy: Privacy) -> Self {
        with {
            $0.privacy = privacy
            if case .array(var element) = $0.kind {
                element.privacy = privacy
                $0.kind = .array(of: element)
            }
        }
    }
}
extension Field where Wrapped == Double {
    public func atLeast(_ value: Double) -> Self { with { $0.minimum = value } }
    public func within(_ range: ClosedRange<Double>) -> Self {
        with {
            $0.minimum = range.lowerBound; $0.maximum = range.upperBound
        }
    }
    public func defaulting(to value: Double) -> Self {
        with { $0.defaultValue = Int32(exactly: value).map { .int($0) } ?? .double(value) }
    }
}
extension Field where Wrapped == Int64 {
    public func atLeast(_ value: Int64) -> Self { with { $0.minimum = Double(value) } }
    public func atMost(_ value: Int64) -> Self { with { $0.maximum = Double(value) } }
    public func within(_ range: ClosedRange<Int64>) -> Self {
        with {
            $0.minimum = Double(range.lowerBound); $0.maximum = Double(range.upperBound)
        }
    }
    public func defaulting(to value: Int32) -> Self { with { $0.defaultValue = .int(value) } }
}
extension Field where Wrapped == Bool {
    public func defaulting(to value: Bool) -> Self { with { $0.defaultValue = .bool(value) } }
}
extension Field where Wrapped == DateTime {
    /// The event's time.
    public func defaultingToNow() -> Self { with { $0.defaultValue = .now } }
}
