internal import BSON

/// `$setWindowFields`: computes fields of a document from those around it in its partition.
struct Window: Sendable {
    /// From the document's own place; `nil` is the partition's end.
    struct Frame: Sendable {
        var lower: Int?
        var upper: Int?

        static let whole = Frame(lower: nil, upper: nil)

        func range(around place: Int, _ count: Int) -> Range<Int> {
            func moved(_ distance: Int?, _ end: Int) -> Int {
                guard let distance else { return end }
                let (sum, overflow) = place.addingReportingOverflow(distance)
                return overflow ? (distance < 0 ? -1 : count) : sum
            }
            let low = min(max(moved(lower, 0), 0), count)
            let high = min(max(moved(upper, count - 1), -1), count - 1) + 1
            return low..<max(low, high)
        }
    }

    enum Output: Sendable {
        case accumulated(Accumulator, Frame)
        /// Places among documents that are equally sorted: the same for all, with gaps after them.
        case rank
        /// Without gaps.
        case denseRank
        case documentNumber
        /// The value in the document so many places on.
        case shift(Expression, by: Int, otherwise: Expression?)
    }

    let partition: Expression?
    let sort: SortOrder
    let outputs: [(slot: Int, output: Output)]
    /// Sets the outputs, from their slots.
    let result: Reshape
}
