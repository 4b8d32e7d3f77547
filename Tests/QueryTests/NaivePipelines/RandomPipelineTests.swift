import Annals
import BSON
import Foundation
import Platform
import Query
import Schema
import Testing
import Views

/// Random pipelines over all collections of a filled store, against stages over decoded lists. `ANNALS_PIPELINES` says how
/// many, `ANNALS_SEED` which.
@Suite(.generatedOnce) struct RandomPipelineTests {
    private static let count = ProcessInfo.processInfo.environment["ANNALS_PIPELINES"].flatMap { Int($0) } ?? 700

    /// Sums of doubles differ in their last digits by the order in which they were added.
    private func text(_ document: Document) -> String { text(.document(document)) }

    private func text(_ value: Value) -> String {
        switch value {
        case .double(let number):
            if number.isNaN || number.isInfinite || number == 0 { return "double \(number == 0 ? 0 : number)" }
            return "double " + String(format: "%.9e", number)
        case .document(let document):
            return "{" + document.pairs.map { "\($0.name): \(text($0.value))" }.joined(separator: ", ") + "}"
        case .array(let elements): return "[" + elements.map { text($0) }.joined(separator: ", ") + "]"
        default: return "\(value)"
        }
    }

    @Test func everyPipelineGivesWhatANaiveOneGives() throws {
        let generated = try #require(GeneratedStore.current)
        let seed = RandomSettings.seed
        let secrets = generated.store.catalogue.collections.flatMap { SecretFields.paths($0.fields) }
        var pipelines = PipelineGenerator(
            seed: seed, collections: generated.documents, secrets: Set(secrets.map { String($0.prefix { $0 != "." }) }))
        let naive = NaivePipeline(collections: generated.documents)
        let catalogue = generated.store.catalogue
        var full = 0
        var failed = 0
        var used: [String: Int] = [:]
        for number in 0..<Self.count {
            let pipeline = pipelines.next()
            for stage in pipeline.stages { used[stage.keys.first ?? "", default: 0] += 1 }
            let shown =
                pipeline.collection + " "
                + pipeline.stages.map { JSON.string($0, style: .canonical) }.joined(separator: ", ")
            let model = try #require(catalogue[pipeline.collection])
            let expected = try? naive.run(pipeline.stages, pipeline.documents)
            var rows: [Document]? = []
            var failure = ""
            do {
                try generated.store.read { snapshot in
                    try Aggregate(model, pipeline.stages, in: catalogue).run(snapshot) { row in
                        rows?.append(Document(copying: row))
                        return true
                    }
                }
            } catch {
                rows = nil
                failure = "\(error)"
            }
            guard let expected else {
                // A condition that moved forward may drop the document of which an expression would fail.
                failed += 1
                continue
            }
            guard let rows else {
                Issue.record("seed \(seed), pipeline \(number) failed: \(failure) \(shown)")
                continue
            }
            if !expected.isEmpty { full += 1 }
            let found = rows.map { text($0) }
            let wanted = expected.map { text($0) }
            if found == wanted { continue }
            let missing = Set(wanted).subtracting(found).sorted().prefix(2)
            let extra = Set(found).subtracting(wanted).sorted().prefix(2)
            #expect(
                found.sorted() == wanted.sorted(),
                "seed \(seed), pipeline \(number): \(shown)\nwanted \(missing)\nfound \(extra)")
        }
        let stages = used.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("\(Self.count) pipelines of seed \(seed): \(full) gave something, \(failed) fail naively; \(stages)")
        #expect(full * 2 >= Self.count)
        #expect(failed * 4 < Self.count)
    }
}
