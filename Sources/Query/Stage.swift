internal import BSON

/// One step of a pipeline, as declared.
enum Stage: Sendable {
    case match(Filter)
    case project(Projection)
    /// With how many of the first are asked for, where that is known.
    case sort(SortOrder, kept: Int?)
    case skip(Int)
    case limit(Int)
    case group(Group)
    case count(String)
    case unwind(Unwind)
}

/// A document per element of an array.
struct Unwind: Sendable {
    let path: [String]
    /// Keeps documents that have no elements.
    let keepsEmpty: Bool
    /// The field that takes the element's place in the array.
    let indexName: String?
}
