internal import BSON
internal import Views

/// `$graphLookup`: what is reached from a document by following a field again and again.
struct GraphLookup: Sendable {
    let collection: String
    let start: Expression
    /// Where the values for the next step stand.
    let connectFrom: QueryPath
    let foreign: ForeignKey
    /// How many steps after the first.
    let maxDepth: Int
    let depthName: String?
    let restriction: Filter
    let result: Reshape
    let resultSlot: Int
}

final class GraphLookupStep: Step {
    private let lookup: GraphLookup
    private let scope: Scope
    private let budget: QueryBudget
    private let foreign: ForeignLookup

    init(_ lookup: GraphLookup, _ scope: Scope, _ budget: QueryBudget) {
        self.lookup = lookup
        self.scope = scope
        self.budget = budget
        foreign = ForeignLookup(lookup.foreign, budget)
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        let held = budget.memoryBytes
        let found = try reach(document, snapshot)
        scope[lookup.resultSlot] = .list(found)
        let result = try lookup.result.apply(document, scope)
        scope[lookup.resultSlot] = .missing
        try budget.hold(held - budget.memoryBytes, for: "a $graphLookup")
        return try result.withRaw { (raw) throws(QueryError) in try give(raw) }
    }

    /// Step by step, each document and each value once: cycles end. As in MongoDB null leads to null, and what is missing
    /// leads nowhere.
    private func reach(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot) throws(QueryError) -> [Evaluated] {
        var found: [Evaluated] = []
        var ids: Set<[UInt8]> = []
        var asked: Set<[UInt8]> = []
        let start = try lookup.start.evaluate(document, scope)
        var frontier = start.elements ?? [start]
        var depth = 0
        while !frontier.isEmpty, depth <= lookup.maxDepth {
            let values = frontier.filter { value in asked.insert(Self.encoded(value)).inserted }
            frontier = []
            _ = try foreign.forEach(values, exactly: true, snapshot) { document throws(QueryError) in
                try budget.tick(lookup.restriction.steps)
                guard try lookup.restriction.matches(document, budget) else { return true }
                let id = document.value(named: "_id").map { Evaluated.raw($0) } ?? .missing
                guard ids.insert(Self.encoded(id)).inserted else { return true }
                try budget.hold(document.byteCount + 256, for: "a $graphLookup")
                let next = lookup.connectFrom.evaluate(document).kept
                frontier += next.elements ?? [next]
                found.append(.owned(.document(copy(document, depth))))
                return true
            }
            depth += 1
        }
        return found
    }

    private func copy(_ document: RawDocument, _ depth: Int) -> Document {
        guard let name = lookup.depthName else { return Document(copying: document) }
        var writer = DocumentWriter(reserving: document.byteCount + 32)
        var isThere = false
        document.forEach { element, value in
            let isDepth = name.utf8.elementsEqual(element)
            if isDepth { writer.append(name, Int64(depth)) } else { writer.append(element, value) }
            isThere = isThere || isDepth
        }
        if !isThere { writer.append(name, Int64(depth)) }
        return writer.finishDocument()
    }

    private static func encoded(_ value: Evaluated) -> [UInt8] {
        var key: [UInt8] = []
        value.withRaw { raw in _ = KeyEncoder.encode(raw, limit: .max, into: &key) }
        return key
    }
}
