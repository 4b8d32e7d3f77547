extension RawDocument {
    /// What a document from outside may be.
    public struct Limits: Sendable, Hashable {
        public var maxBytes: Int
        /// Documents and arrays within one another; a flat document has depth 1.
        public var maxDepth: Int
        public var refusesDuplicateNames: Bool

        public init(maxBytes: Int = 16 << 20, maxDepth: Int = 100, refusesDuplicateNames: Bool = true) {
            self.maxBytes = maxBytes
            self.maxDepth = maxDepth
            self.refusesDuplicateNames = refusesDuplicateNames
        }

        /// 16 MiB, 100 levels, no name twice.
        public static let standard = Limits()
    }
}
