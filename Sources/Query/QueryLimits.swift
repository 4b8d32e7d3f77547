/// What one query may cost. Every query runs under some limits; the defaults suit a request from outside.
public struct QueryLimits: Sendable, Hashable {
    /// How many documents may be fetched and looked at.
    public var documentsExamined: Int
    /// How many entries of indexes may be walked over.
    public var keysExamined: Int
    /// How long it may take, in milliseconds; `nil` is for ever.
    public var milliseconds: Int?
    /// What a sort, a group or the memory of seen documents may hold, in bytes.
    public var memoryBytes: Int
    /// How deep filters and expressions may nest.
    public var nesting: Int
    /// How many values all lists of `$in` and `$nin` of a filter may have together.
    public var listValues: Int
    /// How many stages a pipeline may have.
    public var stages: Int
    /// How many bytes a regular expression may have.
    public var patternBytes: Int
    /// How many steps one match of a regular expression may take.
    public var patternSteps: Int
    /// How deep one match of a regular expression may go back.
    public var patternDepth: Int
    /// What one match of a regular expression may hold, in bytes.
    public var patternMemoryBytes: Int
    /// How many threads may look at the documents of a large collection, where all are only to be counted.
    public var threads: Int
    /// A collection of fewer is looked at sooner by one than threads are told to.
    public var documentsForThreads: Int
    /// What stops the query from outside; `nil`: nothing does.
    public var cancellation: QueryCancellation?

    public init(
        documentsExamined: Int = 10_000_000, keysExamined: Int = 20_000_000, milliseconds: Int? = 30_000,
        memoryBytes: Int = 100 << 20, nesting: Int = 50, listValues: Int = 100_000, stages: Int = 100,
        patternBytes: Int = 32_764, patternSteps: Int = 1_000_000, patternDepth: Int = 100_000,
        patternMemoryBytes: Int = 20 << 20, threads: Int = 1, documentsForThreads: Int = 20_000,
        cancellation: QueryCancellation? = nil
    ) {
        self.documentsExamined = documentsExamined
        self.keysExamined = keysExamined
        self.milliseconds = milliseconds
        self.memoryBytes = memoryBytes
        self.nesting = nesting
        self.listValues = listValues
        self.stages = stages
        self.patternBytes = patternBytes
        self.patternSteps = patternSteps
        self.patternDepth = patternDepth
        self.patternMemoryBytes = patternMemoryBytes
        self.threads = threads
        self.documentsForThreads = documentsForThreads
        self.cancellation = cancellation
    }

    public static let standard = QueryLimits()
}
