import Projections
import Schema
import Testing

/// A real store is held to every word of a description: each field, each rule, each index.
@Suite struct WalkTests {
    /// The specification's own words. It prints what it checked; nothing is skipped.
    @Test(.enabled(if: Seed.isThere, "\(Seed.missing)")) func everyWordOfTheSpecification() async throws {
        let specification = try Specification()
        let collections = specification.entries.map { $0.rules.withCustomRules.withAssignedIDs }
        let tally = try await walk(collections, indexed: collections, "the specification")
        #expect(tally.indexes.count == specification.indexCount, "every secondary index that the file lists")
    }

    /// The same walk over what we declare: it needs no specification, and takes in what ours says beyond it.
    @Test func everyWordOfTheDeclarations() async throws {
        let described = try Catalogue(allCollections).collections.map { CollectionRules($0) }
        let made = described.filter { Recipe.all[$0.name] != nil }
        let derived = described.filter { Recipe.all[$0.name] == nil }.map(\.name)
        print("No event makes one of \(derived.joined(separator: ", ")): of these the indexes are walked, no fields")
        let tally = try await walk(made, indexed: described, "the declarations")
        #expect(tally.indexes.count == described.reduce(0) { $0 + $1.indexes.count })
    }

    private func walk(
        _ collections: [CollectionRules], indexed: [CollectionRules], _ source: String
    ) async throws -> Tally {
        let walk = try Walk()
        for collection in collections { try await walk.walk(collection) }
        try await walk.bringAbout()
        for collection in indexed {
            guard let model = walk.catalogue[collection.name] else { continue }
            for index in collection.indexes { try walk.walkIndex(index, model) }
        }
        let tally = walk.tally
        print("What was checked of \(source), with \(walk.world.eventCount) events:\n\(tally.text)")
        for failure in tally.failures { Issue.record("\(failure)") }
        let fields = collections.flatMap { collection in collection.fields.keys.map { "\(collection.name).\($0)" } }
        #expect(tally.fields == Set(fields), "every field")
        let rules = collections.flatMap { collection in
            collection.fields.flatMap { path, rules in rules.keys.map { "\(collection.name).\(path) \($0)" } }
        }
        for rule in Set(rules).subtracting(tally.rules).sorted() { Issue.record("not checked: \(rule)") }
        return tally
    }
}
