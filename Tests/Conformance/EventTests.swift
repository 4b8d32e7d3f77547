import EventGenerator
import Projections
import Schema
import Testing

/// The catalogue has the events that the design names, and no other without a reason.
@Suite(.enabled(if: Seed.isThere, "\(Seed.missing)")) struct EventTests {
    let tables: EventTables
    let catalogue: Catalogue

    init() throws {
        tables = try EventTables()
        catalogue = try Catalogue(allCollections)
    }

    private func home(of event: String) -> String? {
        EventVocabulary.exceptionalHomes[event] ?? EventVocabulary.homes[String(event.prefix { $0 != "." })]
    }

    @Test func theTablesAreRead() {
        #expect(tables.collections.count == 29)
        #expect(tables.events.count > 90, "events.md has lost its names, or their form")
        #expect(Set(tables.events).count == tables.events.count)
        for event in tables.events where home(of: event) == nil && EventVocabulary.ofNoCollection[event] == nil {
            Issue.record("\(event): events.md names it, EventVocabulary.homes does not know its entity")
        }
    }

    @Test func namedEventsAreDeclared() {
        for event in tables.events {
            if EventVocabulary.ofNoCollection[event] != nil {
                #expect(catalogue.type(event) == nil, "\(event) is declared: strike it from ofNoCollection")
            } else if let name = home(of: event), let model = catalogue[name] {
                #expect(
                    model.events.contains { $0.name.description == event },
                    "\(event): events.md names it, \(name) does not declare it")
            }
        }
    }

    @Test func plainEventsAreDeclared() {
        for (entity, name) in EventVocabulary.homes where catalogue[name] != nil {
            let isSoft = EventVocabulary.softlyDeleted.contains(entity)
            for verb in EventVocabulary.plain + (isSoft ? EventVocabulary.plainOfSoftlyDeleted : []) {
                let event = "\(entity).\(verb)"
                let isExcused = EventVocabulary.withoutPlainEvent[event] != nil
                let isDeclared = catalogue.type(event) != nil
                #expect(isDeclared || isExcused, "\(event): every entity has it, \(name) does not declare it")
                #expect(!(isDeclared && isExcused), "\(event) is declared: strike it from withoutPlainEvent")
            }
        }
    }

    @Test func declaredEventsAreNamed() {
        var unused = Set(EventVocabulary.besides.keys)
        for event in catalogue.eventTypes.map(\.event.name.description) where !tables.events.contains(event) {
            if unused.remove(event) != nil || isPlain(event) { continue }
            Issue.record("\(event) is declared; events.md does not name it, and EventVocabulary.besides has no reason")
        }
        for event in unused.sorted() { Issue.record("\(event): strike it from EventVocabulary.besides") }
    }

    private func isPlain(_ event: String) -> Bool {
        let entity = String(event.prefix { $0 != "." })
        let verb = String(event.dropFirst(entity.count + 1))
        return EventVocabulary.plain.contains(verb)
            || (EventVocabulary.softlyDeleted.contains(entity) && EventVocabulary.plainOfSoftlyDeleted.contains(verb))
    }

    @Test func collectionsHaveTheirNumberAndStream() {
        for model in catalogue.collections {
            guard let row = tables.collections[model.name] else {
                Issue.record("\(model.name) is not among the 29 collections of events.md")
                continue
            }
            #expect(Int(model.number.rawValue) == row.number, "\(model.name): its number on disk")
            for event in model.events {
                let isExceptional = EventVocabulary.exceptionalStreams[event.name.description] == event.stream
                #expect(
                    row.streams.contains(event.stream) || isExceptional, "\(event.name) of \(model.name): its stream")
            }
        }
    }
}

/// The generator speaks the catalogue's language.
@Suite struct GeneratedEventTests {
    @Test func generatedEventsAreDeclared() throws {
        let catalogue = try Catalogue(allCollections)
        #expect(!EventGenerator.eventTypes.isEmpty)
        for type in EventGenerator.eventTypes {
            #expect(catalogue.type(type) != nil, "the generator makes \(type), which no collection declares")
        }
    }

    @Test func declaredEventsAreGenerated() throws {
        let generated = Set(EventGenerator.eventTypes)
        for event in try Catalogue(allCollections).eventTypes.map(\.event.name.description) {
            let isExcused = EventVocabulary.notGenerated[event] != nil
            #expect(generated.contains(event) || isExcused, "\(event): the generator's mix `everything` has none")
            #expect(!generated.contains(event) || !isExcused, "\(event) is generated: strike it from notGenerated")
        }
        for event in EventVocabulary.notGenerated.keys {
            #expect(try Catalogue(allCollections).type(event) != nil, "\(event) is declared no longer")
        }
    }

    /// The reason why the generator has no `comment.changed`.
    @Test func noFieldOfACommentIsACallers() {
        #expect(CommunityComments.field.descriptors.allSatisfy { $0.maintenance != .caller })
    }
}
