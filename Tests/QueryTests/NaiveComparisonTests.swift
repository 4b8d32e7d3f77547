import Annals
import BSON
import Query
import Schema
import Testing

/// Random queries of all collections, against an evaluator that knows no index and shares no code with the engine.
@Suite(.generatedOnce) struct NaiveComparisonTests {
    private func generators(_ offset: UInt64) throws -> (GeneratedStore, [QueryGenerator]) {
        let generated = try #require(GeneratedStore.current)
        let generators = generated.store.catalogue.collections.enumerated().compactMap { place, model in
            generated.documents[model.name].flatMap { documents in
                documents.isEmpty
                    ? nil
                    : QueryGenerator(
                        seed: RandomSettings.seed &+ offset &+ UInt64(place) &* 1_000_003, model,
                        StoredValues(documents, model))
            }
        }
        return (generated, generators)
    }

    private func sortDocument(_ sort: [(String, Bool)]) -> Document {
        Document(sort.map { ($0.0, Value.int32($0.1 ? -1 : 1)) })
    }

    private func rows(_ find: Find, _ store: Store) throws -> [Document] {
        var rows: [Document] = []
        try store.read { snapshot in
            _ = try find.run(snapshot) { document in
                rows.append(Document(copying: document))
                return true
            }
        }
        return rows
    }

    @Test func everyCollectionHasDocuments() throws {
        let (_, generators) = try generators(0)
        #expect(generators.count == 29)
    }

    @Test func findsCountsSortsAndProjects() throws {
        var (generated, generators) = try generators(1)
        let store = generated.store
        var nonEmpty = 0
        var plans: [String: Int] = [:]
        var queries = 0
        for round in RandomSettings.rounds(seconds: 60) {
            queries += 1
            let place = round % generators.count
            let model = generators[place].model
            let documents = generators[place].stored.documents
            let filter = generators[place].filter()
            let fitting = documents.filter { NaiveMatcher.fits(filter, $0) }
            if !fitting.isEmpty { nonEmpty += 1 }
            let isSorted = !generators[place].random.chance(3)
            let sort = isSorted ? generators[place].sort() : []
            let isCut = isSorted && generators[place].random.chance(2)
            let skip = isCut ? generators[place].random.below(3) : 0
            let limit = isCut ? 1 + generators[place].random.below(12) : nil
            let projection = generators[place].random.chance(2) ? generators[place].projection() : [:]
            var expected = isSorted ? fitting.sorted { Naive.precedes($0, $1, sort) } : fitting
            expected = Array(expected.dropFirst(skip).prefix(limit ?? .max))
            if !projection.isEmpty { expected = expected.map { NaiveProjection.apply(projection, $0) } }

            let what =
                "\(model.name) \(JSON.string(filter, style: .relaxed)) sort \(sort) skip \(skip) limit \(limit ?? -1) keep \(JSON.string(projection, style: .relaxed)), seed \(RandomSettings.seed)"
            var find = try Find(
                model, filter: filter, sort: sortDocument(sort), skip: skip, limit: limit, projection: projection)
            let found = try rows(find, store)
            compare(found.map(\.sortedByName), expected.map(\.sortedByName), isSorted: isSorted, what)
            let explained = try store.read { try find.explain($0) }
            let stage = Explained.stages(explained).joined(separator: " ")
            plans[stage, default: 0] += 1

            find.hint = .collectionScan
            compare(try rows(find, store), expected, isSorted: isSorted, "by a scan: " + what)
            if generators[place].random.chance(3), !model.indexes.isEmpty {
                find.hint = .index(generators[place].random.pick(model.indexes).name)
                do {
                    let found = try rows(find, store).map(\.sortedByName)
                    compare(found, expected.map(\.sortedByName), isSorted: isSorted, "by an index: " + what)
                } catch let error as QueryError where error.kind == .badHint {}
            }
            let counted = try store.read { try Find(model, filter: filter).count($0) }
            #expect(counted == fitting.count, "count of \(what)")
        }
        let share = Double(nonEmpty) / Double(queries)
        print("\(queries) queries, seed \(RandomSettings.seed): \(nonEmpty) find something; plans:")
        for (plan, count) in plans.sorted(by: { $0.value > $1.value }) { print("  \(count) \(plan)") }
        #expect(share >= 0.5)
        #expect(plans.keys.contains { $0.contains("OR") })
        #expect(plans.keys.contains { $0.contains("COVERED") })
    }

    private func compare(_ found: [Document], _ expected: [Document], isSorted: Bool, _ what: String) {
        if isSorted {
            #expect(found == expected, "\(what)")
        } else {
            var counts: [Document: Int] = [:]
            for document in expected { counts[document, default: 0] += 1 }
            for document in found { counts[document, default: 0] -= 1 }
            #expect(counts.values.allSatisfy { $0 == 0 }, "\(what)")
        }
    }

    @Test func listsDistinctValues() throws {
        var (generated, generators) = try generators(2)
        let store = generated.store
        var nonEmpty = 0
        var queries = 0
        for round in RandomSettings.rounds(seconds: 20, share: 4) {
            queries += 1
            let place = round % generators.count
            let model = generators[place].model
            let stored = generators[place].stored
            let filter = generators[place].random.chance(3) ? [:] : generators[place].filter()
            let path =
                generators[place].random.chance(2) && !model.indexes.isEmpty
                ? generators[place].random.pick(model.indexes).parts[0].name
                : generators[place].random.pick(stored.paths)
            guard stored.values[path] != nil else { continue }
            var expected: [Value] = []
            for document in stored.documents where NaiveMatcher.fits(filter, document) {
                let wholes = Naive.candidates(
                    .document(document), path.split(separator: ".").map(String.init)[...], opens: false)
                expected += wholes.compactMap(\.self).flatMap { NaiveMatcher.elements($0) ?? [$0] }
            }
            expected.sort { Naive.order($0, $1) < 0 }
            expected = expected.enumerated().filter {
                $0.offset == 0 || Naive.order(expected[$0.offset - 1], $0.element) != 0
            }
            .map(\.element)
            if !expected.isEmpty { nonEmpty += 1 }
            let find = try Find(model, filter: filter)
            let found = try store.read { try find.distinct(path, $0) }
            let areEqual = found.count == expected.count && zip(found, expected).allSatisfy { Naive.order($0, $1) == 0 }
            #expect(
                areEqual,
                "\(path) of \(model.name) \(JSON.string(filter, style: .relaxed)), seed \(RandomSettings.seed)")
        }
        print("\(queries) lists of distinct values, seed \(RandomSettings.seed): \(nonEmpty) are not empty")
        #expect(nonEmpty * 2 >= queries)
    }

    @Test func batchesGiveEveryDocumentOnce() throws {
        var (generated, generators) = try generators(3)
        let store = generated.store
        var batches = 0
        for round in RandomSettings.rounds(seconds: 20, share: 4) {
            let place = round % generators.count
            let model = generators[place].model
            let filter = generators[place].random.chance(3) ? [:] : generators[place].filter()
            let sort = generators[place].random.chance(2) ? generators[place].sort() : []
            let skip = generators[place].random.chance(3) ? generators[place].random.below(4) : 0
            let limit = generators[place].random.chance(3) ? 1 + generators[place].random.below(30) : nil
            let fitting = generators[place].stored.documents.filter { NaiveMatcher.fits(filter, $0) }
            let find = try Find(model, filter: filter, sort: sortDocument(sort), skip: skip, limit: limit)
            let size = 1 + generators[place].random.below(20)
            var found: [Value] = []
            var cursor: FindCursor?
            repeat {
                batches += 1
                cursor = try store.read { snapshot in
                    try find.batch(size, after: cursor, snapshot) { document in
                        found.append(document.value(named: "_id")?.owned() ?? .null)
                        return true
                    }
                }
                // As it goes over the wire.
                cursor = try cursor.map { try FindCursor($0.text) }
            } while cursor != nil
            let what =
                "\(model.name) \(JSON.string(filter, style: .relaxed)) sort \(sort), \(size) each, seed \(RandomSettings.seed)"
            if sort.isEmpty {
                #expect(found.count == min(max(0, fitting.count - skip), limit ?? .max), "\(what)")
                #expect(Set(found).count == found.count, "\(what)")
                #expect(Set(found).isSubset(of: Set(fitting.map { $0["_id"] ?? .null })), "\(what)")
            } else {
                let expected = fitting.sorted { Naive.precedes($0, $1, sort) }.dropFirst(skip).prefix(limit ?? .max)
                #expect(found == expected.map { $0["_id"] ?? .null }, "\(what)")
            }
        }
        print("\(batches) batches, seed \(RandomSettings.seed)")
    }
}
