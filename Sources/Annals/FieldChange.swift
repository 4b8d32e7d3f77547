public import BSON

/// A field of a document, before an event and after it.
public struct FieldChange: Sendable, Hashable {
    /// Dotted.
    public let path: String
    /// `nil`: the field was not there.
    public let before: Value?
    public let after: Value?

    public init(path: String, before: Value?, after: Value?) {
        self.path = path
        self.before = before
        self.after = after
    }

    /// How much a number grew; `nil` where either side is none. A field that is not there counts as 0.
    public var difference: Double? {
        guard before != nil || after != nil, let old = Self.number(before), let new = Self.number(after) else {
            return nil
        }
        return new - old
    }

    private static func number(_ value: Value?) -> Double? {
        switch value {
        case nil, .null?: 0
        case .int32(let number)?: Double(number)
        case .int64(let number)?: Double(number)
        case .double(let number)?: number
        default: nil
        }
    }

    /// The leaves in which two documents differ, in the order of the newer, then those that are gone. An array is one value.
    public static func between(_ before: Document?, _ after: Document?) -> [FieldChange] {
        var changes: [FieldChange] = []
        add(before, after, "", &changes)
        return changes
    }

    private static func add(
        _ before: Document?, _ after: Document?, _ prefix: String, _ changes: inout [FieldChange]
    ) {
        var olds = Dictionary(
            (before?.pairs ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for (name, value) in after?.pairs ?? [] {
            compare(olds.removeValue(forKey: name), value, prefix + name, &changes)
        }
        for (name, value) in before?.pairs ?? [] where olds[name] != nil {
            compare(value, nil, prefix + name, &changes)
        }
    }

    private static func compare(_ old: Value?, _ new: Value?, _ path: String, _ changes: inout [FieldChange]) {
        guard old != new else { return }
        switch (old, new) {
        case (.document(let old)?, .document(let new)?): add(old, new, path + ".", &changes)
        case (.document(let old)?, nil): add(old, nil, path + ".", &changes)
        case (nil, .document(let new)?): add(nil, new, path + ".", &changes)
        default: changes.append(FieldChange(path: path, before: old, after: new))
        }
    }
}

extension Document {
    /// The leaves of a document as changes from nothing.
    public var leaves: [FieldChange] { FieldChange.between(nil, self) }
}
