internal import BSON
internal import Views

/// `$facet`: several pipelines over the same documents, one document of their results.
final class FacetStep: Step {
    private let names: [String]
    private let pipelines: [Pipeline]
    private let budget: QueryBudget
    private var results: [[Evaluated]]
    private var isOpen: [Bool]

    init(_ facets: [(name: String, stages: [Stage])], _ scope: Scope, _ budget: QueryBudget) {
        self.budget = budget
        names = facets.map(\.name)
        pipelines = facets.map { Pipeline($0.stages, scope, budget) }
        results = facets.map { _ in [] }
        isOpen = facets.map { _ in true }
    }

    private func gather(_ document: RawDocument, _ place: Int) throws(QueryError) -> Bool {
        try budget.hold(document.byteCount + 48, for: "a $facet")
        results[place].append(.owned(.document(Document(copying: document))))
        return true
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        for place in pipelines.indices where isOpen[place] {
            isOpen[place] = try pipelines[place].push(document, snapshot) { raw throws(QueryError) in
                try gather(raw, place)
            }
        }
        return isOpen.contains(true)
    }

    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        for place in pipelines.indices {
            try pipelines[place].finish(snapshot) { raw throws(QueryError) in try gather(raw, place) }
        }
        var writer = DocumentWriter()
        for (name, found) in zip(names, results) { writer.append(name, .list(found)) }
        _ = try writer.finishDocument().withRaw { (raw) throws(QueryError) in try give(raw) }
    }
}
