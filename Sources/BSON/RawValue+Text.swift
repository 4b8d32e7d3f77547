extension RawValue {
    /// The value as a word in a sentence or a key: text as it is, an ObjectID as hex, a date as RFC 3339, all else as
    /// plain JSON.
    public var plainText: String {
        switch type {
        case .string: string ?? ""
        case .objectID: objectID?.description ?? ""
        case .dateTime: dateTime?.description ?? ""
        default: JSON.string(self, style: .plain)
        }
    }
}
