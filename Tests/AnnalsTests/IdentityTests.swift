import Projections
import Schema
import Testing

/// What other documents and streams name a document by stays as it was given.
@Suite struct IdentityTests {
    @Test func noPatchChangesTheKeyItNamesItsDocumentBy() throws {
        let catalogue = try Catalogue(allCollections)
        var checked = 0
        for model in catalogue.collections {
            for event in model.events where event.shape == .patch {
                guard let field = model.fields.first(where: { $0.path == event.key }) else { continue }
                checked += 1
                #expect(field.maintenance != .caller, "\(event.name) can change \(model.name).\(field.name)")
            }
        }
        #expect(checked >= 5)
    }
}
