import BSON
import FuzzDriver
import Glibc
import Platform
import Projections
@testable import Query
import Schema
import Views

/// JSON that claims to be a filter, a sort, a projection, a pipeline or a cursor: refused with the place of the fault, or run over
/// documents of the declared shape and of any.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzQuery(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { bytes in
        guard let selector = bytes.first else { return }
        let model = models[Int(selector >> 2) % models.count]
        let text = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        guard let value = try? JSON.parseValue(text, extended: true) else { return }
        switch value {
        case .document(let document): read(document, selector, model)
        case .string(let text):
            check { () throws(QueryError) in
                let cursor = try FindCursor(text)
                let again = try FindCursor(cursor.text)
                precondition(again == cursor, "a cursor is not what its text says")
            }
        case .array(let elements):
            var stages: [Document] = []
            for case .document(let stage) in elements { stages.append(stage) }
            run(stages, model)
        default: break
        }
    }
}

private let models: [CollectionModel] = lasting {
    guard let catalogue = try? Catalogue(allCollections) else { return [] }
    return ["users", "chatmessages", "userrewards"].compactMap { catalogue[$0] }
}

private let samples = [
    "{}",
    #"{"_id":{"$oid":"000000000000000000000001"},"email":"a@b","stats":{"totalMessages":3,"totalTokens":7},"n":1}"#,
    #"{"_id":1,"a":[1,2,{"b":[3,null]}],"b":{"a":{"b":"x"}},"rating":{"$numberDecimal":"1.5"},"role":"user"}"#,
].map { (try? JSON.parse($0, extended: true)) ?? [:] }

private func read(_ document: Document, _ selector: UInt8, _ model: CollectionModel) {
    let declared = selector & 1 == 0 ? model : nil
    check { () throws(QueryError) in
        let filter = try Filter(document, model: declared)
        for sample in samples + [document] {
            try sample.withRaw { (raw) throws(QueryError) in _ = try filter.matches(raw) }
        }
    }
    check { () throws(QueryError) in _ = try SortOrder(document, model: declared) }
    check { () throws(QueryError) in
        let projection = try Projection(document, model: declared)
        for sample in samples + [document] {
            let projected = try sample.withRaw { (raw) throws(QueryError) in try projection.apply(raw) }
            let isValid = projected.withRaw { (try? RawDocument.validated($0.bytes)) != nil }
            precondition(isValid, "a projection gives what is no document")
        }
    }
    check { () throws(QueryError) in
        _ = try Find(model, filter: document, sort: document, projection: document).explain()
    }
    run([["$match": .document(document)], ["$group": .document(document)]], model)
}

/// Empty views, for pipelines that look at other collections.
private let views: ViewStore? = lasting {
    var template = Array("/tmp/annals-fuzz-query-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let catalogue = try? Catalogue(allCollections) else { return nil }
    return try? ViewStore(directory: directory, catalogue: catalogue, options: .init(mapBytes: 1 << 24))
}

private func run(_ stages: [Document], _ model: CollectionModel) {
    guard let snapshot = try? views?.snapshot() else { return }
    check { () throws(QueryError) in
        _ = try Aggregate(model, stages).explain()
        var parser = StageParser(model, nil, .standard)
        let budget = QueryBudget(.standard, .fixed(0))
        let pipeline = Pipeline(try parser.parse(stages, "pipeline"), Scope(budget, clock: .fixed(0)), budget)
        func take(_ given: RawDocument) throws(QueryError) -> Bool {
            precondition((try? RawDocument.validated(given.bytes)) != nil, "no document comes out")
            return true
        }
        for sample in samples {
            _ = try sample.withRaw { (raw) throws(QueryError) in try pipeline.push(raw, snapshot, take) }
        }
        try pipeline.finish(snapshot, take)
    }
}

private func check(_ body: () throws(QueryError) -> Void) {
    do throws(QueryError) { try body() } catch {
        precondition(!error.place.isEmpty && !error.description.isEmpty, "refused without a word")
    }
}
