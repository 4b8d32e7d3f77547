public import LMDB

/// Why a query is not run, or stopped: what is wrong, where, and how to mend it. A query changes nothing.
public struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// An operator, accumulator or stage that does not exist here.
        case unknownOperator
        /// A value of the wrong type or outside its range.
        case badValue
        /// A field path that cannot be one.
        case badPath
        /// A password or token, which no query may test, order or group by.
        case secretField
        /// A collection that this query may not read.
        case forbiddenCollection(String)
        /// The query may cost no more: see ``QueryLimits``.
        case limitExceeded(Limit)
        /// An index that does not exist or does not fit was asked for.
        case badHint
        /// A cursor that is none, or belongs to another query.
        case badCursor
        /// A cursor that cannot go on: the views are no longer those it began with.
        case cursorLost
        /// It was told to stop: see ``QueryCancellation``.
        case cancelled
        /// The views could not be read.
        case storage(LMDBError)
    }

    public enum Limit: String, Sendable {
        case documentsExamined, keysExamined, milliseconds, memoryBytes, nesting, listValues, stages, patternBytes,
            patternSteps, patternDepth
        case patternMemoryBytes
    }

    public let kind: Kind
    /// Dotted place in the query, such as `filter.age.$gt` or `pipeline.2.$group`.
    public let place: String
    /// One sentence: what is wrong.
    public let reason: String
    /// One sentence: how to mend it; empty where nothing helps.
    public let remedy: String

    public init(_ kind: Kind, at place: String, _ reason: String, mend remedy: String = "") {
        self.kind = kind
        self.place = place
        self.reason = reason
        self.remedy = remedy
    }

    init(_ error: LMDBError) {
        self.init(.storage(error), at: "", "the views could not be read: \(error)")
    }

    public var description: String {
        let place = place.isEmpty ? "" : "\(place): "
        return place + reason + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
