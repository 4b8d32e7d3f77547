public import EventLog

extension Store {
    /// What tells a text that this store gave out, to come back in the same `context`, from any other: a keyed hash. The same
    /// for as long as the store lives.
    public func seal(_ text: String, for context: [UInt8]) -> Digest16 { admitter.keys.seal(text, for: context) }
}
