/// What a field holds, in the seed's vocabulary.
public indirect enum FieldKind: Sendable, Equatable {
    case string, number, boolean, date, objectID, mixed
    case array(of: FieldDescriptor)
    case object([FieldDescriptor])

    /// The name that `collections.json` and the reference use.
    public var name: String {
        switch self {
        case .string: "string"
        case .number: "number"
        case .boolean: "boolean"
        case .date: "date"
        case .objectID: "objectId"
        case .mixed: "mixed"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// What fills a field that the caller left out.
public enum FieldDefault: Sendable, Equatable {
    case string(String), int(Int32), double(Double), bool(Bool), now
    /// A business id: prefix and 16 random hex digits.
    case generated(prefix: String)
    /// A business id that counts: prefix, the UTC day of the event, a number within that day: `TICKET-20240131-001`.
    /// Admission writes all but the number; the sequencer gives that, since only it knows which is free.
    case numbered(prefix: String)
}

/// Who may see the field, and how it is kept.
public enum Privacy: String, Sendable {
    case open
    /// About a person: sealed in the record under that person's key.
    case personal
    /// Hashed before the log (scrypt): it can be checked, never read.
    case password
    /// A keyed hash: it can be found, never read.
    case token
}

/// Who writes a field after creation.
public enum Maintenance: Sendable, Equatable {
    case caller
    /// Projectors alone: ignored in a creation event, refused in a patch. Names the events that maintain it.
    case derived(by: String)
    /// Callers, but only through the named events, since other views count by it: refused in a patch.
    case through(String)
    /// The event's time: `createdAt`, `updatedAt`.
    case timestamp
}
