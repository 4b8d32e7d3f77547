import BSON
import Query
import Schema
import Testing

/// Random queries by every plan there is, against an evaluator that knows no index.
@Suite struct RandomQueryTests {
    private func sortDocument(_ sort: [(String, Bool)]) -> Document {
        Document(sort.map { ($0.0, Value.int32($0.1 ? -1 : 1)) })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyPlanFindsWhatAScanFinds(seed: UInt64) throws {
        var generator = ThingGenerator(seed: seed)
        let documents = generator.documents(150)
        let store = try ThingStore(documents)
        var filters = FilterGenerator(seed: seed &* 77)
        let hints: [PlanHint?] = [nil, .collectionScan] + store.model.indexes.map { .index($0.name) }
        var found = 0
        var indexed = 0
        for _ in 0..<150 {
            let filter = filters.filter(documents)
            let expected = Set(documents.filter(filter.fits).map { $0["_id"] })
            found += expected.count
            for hint in hints {
                let find = try Find(store.model, filter: filter.document, hint: hint)
                let rows: [Document]
                do {
                    rows = try store.rows(find)
                } catch let error as QueryError where error.kind == .badHint {
                    continue
                }
                #expect(rows.count == expected.count, "\(filter.document.pairs) by \(String(describing: hint))")
                #expect(
                    Set(rows.map { $0["_id"] }) == expected, "\(filter.document.pairs) by \(String(describing: hint))")
            }
            if try isIndexed(Find(store.model, filter: filter.document)) { indexed += 1 }
            #expect(try store.count(Find(store.model, filter: filter.document)) == expected.count)
        }
        // Else the comparison would say nothing.
        #expect(found > 500)
        #expect(indexed > 30)
    }

    private func isIndexed(_ find: Find) throws -> Bool {
        try JSON.string(find.explain(), style: .relaxed).contains("IXSCAN")
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func everyPlanSorts(seed: UInt64) throws {
        var generator = ThingGenerator(seed: seed)
        let documents = generator.documents(150)
        let store = try ThingStore(documents)
        var filters = FilterGenerator(seed: seed &* 77)
        var sorted = 0
        for _ in 0..<300 {
            let filter = filters.things.random.chance(3) ? NaiveFilter.all([]) : filters.filter(documents)
            let filterDocument = if case .all(let all) = filter, all.isEmpty { Document() } else { filter.document }
            var sort = filters.sort()
            // With `_id` last the order is total, and what is expected is exact.
            if !sort.contains(where: { $0.0 == "_id" }) { sort.append(("_id", filters.things.random.chance(2))) }
            let skip = filters.things.random.chance(3) ? filters.things.random.below(10) : 0
            let limit = filters.things.random.chance(2) ? filters.things.random.below(20) : nil
            var expected = documents.filter(filter.fits).sorted { Naive.precedes($0, $1, sort) }
            expected = Array(expected.dropFirst(skip).prefix(limit ?? .max))
            let names = ["rank_1", "rank_-1_title_1", "title_1", "status_1_createdAt_-1", "createdAt_-1"]
            for hint in [nil, .collectionScan] + names.map({ PlanHint.index($0) }) {
                let find = try Find(
                    store.model, filter: filterDocument, sort: sortDocument(sort), skip: skip, limit: limit, hint: hint)
                let rows = try store.rows(find)
                #expect(
                    rows.map { $0["_id"] } == expected.map { $0["_id"] },
                    "\(filterDocument.pairs) \(sort) by \(String(describing: hint))")
                if try !JSON.string(find.explain(), style: .relaxed).contains("\"SORT\"") { sorted += 1 }
            }
        }
        #expect(sorted > 100)
    }
}
