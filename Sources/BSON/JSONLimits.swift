extension JSON {
    /// How large and how deep a text may be before it is refused.
    ///
    /// Parsing never allocates more than a small multiple of the text's own size, so ``maxBytes`` bounds memory too.
    public struct Limits: Sendable, Hashable {
        /// Bytes of the whole text.
        public var maxBytes: Int
        /// Nested objects and arrays, the outermost counted as 1. Extended JSON's type wrappers do not count.
        public var maxDepth: Int
        /// UTF-8 bytes of one member's name, escapes resolved.
        public var maxKeyBytes: Int
        /// Members of one object.
        public var maxFields: Int
        /// Elements of one array.
        public var maxArray: Int
        /// Characters of one number.
        public var maxNumberLength: Int

        public init(
            maxBytes: Int = 16 * 1024 * 1024,
            maxDepth: Int = 100,
            maxKeyBytes: Int = 255,
            maxFields: Int = 1000,
            maxArray: Int = 10_000,
            maxNumberLength: Int = 64
        ) {
            self.maxBytes = maxBytes
            self.maxDepth = maxDepth
            self.maxKeyBytes = maxKeyBytes
            self.maxFields = maxFields
            self.maxArray = maxArray
            self.maxNumberLength = maxNumberLength
        }

        /// What a request from outside may contain.
        public static let standard = Limits()
    }
}
