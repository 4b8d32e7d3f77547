internal import BSON

/// One step of a pipeline, read and ready to run.
struct Stage: Sendable {
    /// As it was written, or as what it stands for: `$sortByCount` is a `$group` and a `$sort`.
    let name: String
    let spec: Value
    var work: Work

    indirect enum Work: Sendable {
        case match(Filter)
        /// The part of a `$match` that is an expression.
        case when(Expression)
        case reshape(Reshape)
        case replaceRoot(Expression, Call)
        /// With how many of the first are asked for, where that is known.
        case sort(SortOrder, kept: Int?)
        case skip(Int)
        case limit(Int)
        case group(Group)
        case count(String)
        case unwind(Unwind)
        case lookup(Lookup)
        case graphLookup(GraphLookup)
        case union(SubPipeline)
        case facet([(name: String, stages: [Stage])])
        case bucketAuto(BucketAuto)
        case window(Window)
        case sample(Int)
    }
}

/// Where a pipeline's documents come from, and what becomes of them.
struct SubPipeline: Sendable {
    enum Source: Sendable {
        case find(Find)
        /// Documents that stand in the pipeline itself.
        case documents([Document])
    }

    var source: Source
    var stages: [Stage]
}
