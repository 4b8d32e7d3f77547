extension KeyEncoder {
    /// What an encoded, ascending ObjectId starts with; its 12 bytes follow.
    public static let objectIDLead: UInt8 = KeyLead.objectID
}
