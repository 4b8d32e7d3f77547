import BSON
import Query
import Testing

@Suite struct DistinctTests {
    let store: ThingStore
    let documents: [Document]

    init() throws {
        var generator = ThingGenerator(seed: 13)
        documents = generator.documents(400)
        store = try ThingStore(documents)
    }

    @Test func valuesInOrder() throws {
        #expect(try store.distinct("status", Find(store.model)) == [nil, "active", "done", "new"])
        #expect(try store.distinct("tags", Find(store.model)) == [nil, "black", "blue", "green", "red"])
        #expect(try store.distinct("parts.kind", Find(store.model)) == ["bolt", "gear", "nut"])
        #expect(try store.distinct("nothing", Find(store.model)) == [])
        #expect(try store.distinct("flag", Find(store.model, filter: ["flag": true])) == [true])
        #expect(try store.distinct("tags", Find(store.model, filter: ["tags": "red"])).count == 4)
    }

    /// An index leaps from value to value: 400 documents have three statuses.
    @Test func leapsOverAnIndex() throws {
        let limits = QueryLimits(documentsExamined: 120, keysExamined: 120)
        #expect(try store.distinct("status", Find(store.model), limits: limits).count == 4)
        let some = try Find(store.model, filter: ["status": ["$in": ["new", "done"]]])
        #expect(try store.distinct("status", some, limits: .init(documentsExamined: 5)) == ["done", "new"])
    }

    @Test func limits() {
        func exceeded(_ field: String, _ limits: QueryLimits) -> QueryError.Kind? {
            do {
                _ = try store.distinct(field, Find(store.model), limits: limits)
                return nil
            } catch {
                return (error as? QueryError)?.kind
            }
        }
        #expect(exceeded("code", .init(memoryBytes: 4000)) == .limitExceeded(.memoryBytes))
        #expect(exceeded("code", .init(keysExamined: 50)) == .limitExceeded(.keysExamined))
        #expect(exceeded("flag", .init(documentsExamined: 50)) == .limitExceeded(.documentsExamined))
        #expect(exceeded("a..b", .standard) == .badPath)
    }
}
