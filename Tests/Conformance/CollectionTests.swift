import Projections
import Schema
import Testing

/// Our collections say what the specification says: no less, and no more without a reason.
@Suite(.enabled(if: Seed.isThere, "\(Seed.missing)")) struct CollectionTests {
    let specification: Specification
    let catalogue: Catalogue

    init() throws {
        specification = try Specification()
        catalogue = try Catalogue(allCollections)
    }

    @Test func fieldsAndIndexesAreAsSpecified() {
        var found: Set<Difference> = []
        for entry in specification.entries {
            guard let model = catalogue[entry.rules.name] else { continue }
            found.formUnion(
                Difference.all(specified: entry.rules.withCustomRules, declared: CollectionRules(model)))
        }
        for difference in found.subtracting(KnownDifferences.all.keys).sorted() { Issue.record("\(difference)") }
        for difference in Set(KnownDifferences.all.keys).subtracting(found).sorted() {
            Issue.record("no longer a difference, strike it from KnownDifferences: \(difference)")
        }
    }

    @Test func undeclaredCollectionsAreListed() {
        let specified = Set(specification.entries.map(\.rules.name))
        #expect(specified.count == 22)
        let undeclared = specified.filter { catalogue[$0] == nil }
        for name in undeclared.subtracting(KnownDifferences.undeclared).sorted() {
            Issue.record("\(name) is specified, but neither declared nor listed as undeclared")
        }
        for name in KnownDifferences.undeclared.subtracting(undeclared).sorted() {
            Issue.record("\(name) is declared (or not specified): strike it from KnownDifferences.undeclared")
        }
    }

    /// Every refusal of a custom validation is accounted for by a rule.
    @Test func customValidationsAreDeclared() {
        for entry in specification.entries {
            let messages = CustomRule.messages(in: entry.validations)
            let known = CustomRule.all.filter { $0.collection == entry.rules.name }.map(\.message)
            #expect(messages == known, "\(entry.rules.name): custom validations")
        }
    }

    /// The two formats that we check by hand accept what the specification's regular expressions accept.
    @Test func handWrittenFormatsFollowTheRegularExpressions() throws {
        let users = try #require(specification.entries.first { $0.rules.name == "users" })
        let patterns = CustomRule.patterns(in: users.validations)
        try #require(patterns.count == 2)
        for (path, pattern) in zip(["email", "username"], patterns) {
            let expression = try Regex(pattern).matchingSemantics(.unicodeScalar)
            let field = try #require(catalogue["users"]?.fields.first { $0.name == path })
            let format = try #require(field.format)
            for text in CustomRule.samples {
                var sample = text
                let fits = sample.withUTF8 { format.fits(UnsafeRawBufferPointer($0)) }
                #expect(fits == (text.firstMatch(of: expression) != nil), "\(path): \"\(text)\" against \(pattern)")
            }
        }
    }
}
