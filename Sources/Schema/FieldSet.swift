/// The one list of fields of a collection, of an event's payload or of a sub-document, in the document's order: stored
/// properties that are `Field`s. They are enumerated once, at start, by reflection, so nothing is listed twice.
public protocol FieldSet: Sendable {
    init()
}

extension FieldSet {
    /// The fields in the order of their declaration.
    public var descriptors: [FieldDescriptor] {
        Mirror(reflecting: self).children.compactMap { ($0.value as? any AnyField)?.descriptor }
    }
}

/// An event without fields of its own.
public struct NoFields: FieldSet {
    public init() {}
}
