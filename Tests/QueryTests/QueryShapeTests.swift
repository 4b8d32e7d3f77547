import Annals
import BSON
import Query
import Schema
import Testing

/// Shapes of questions: what stays of them, and that no value does.
@Suite(.generatedOnce) struct QueryShapeTests {
    private static let members = [
        "filter", "sort", "skip", "limit", "projection", "hint", "field", "pipeline", "collections",
    ]

    private func shape(_ question: String, about collection: String = "things") throws -> String {
        let shapes = QueryShapes(try Catalogue([Things.self]))
        let shape = shapes.shape(
            of: try JSON.parse(question, extended: true), known: Self.members, about: collection)
        return JSON.string(shape.members, style: .relaxed)
    }

    @Test(arguments: [
        (#"{"filter":{"title":"a","rank":5}}"#, #"{"filter":{"rank":"?","title":"?"}}"#),
        (#"{"limit":5,"filter":{}}"#, #"{"filter":{},"limit":"?"}"#),
        (#"{"filter":{"rank":{"$lte":5,"$gt":1}}}"#, #"{"filter":{"rank":{"$gt":"?","$lte":"?"}}}"#),
        (#"{"filter":{"tags":{"$in":["a","b"]},"tags.0":1}}"#, #"{"filter":{"tags":{"$in":"?"},"tags.#":"?"}}"#),
        // What is alike stands once, whatever the order.
        (
            #"{"filter":{"$or":[{"title":"a"},{"title":"b"},{"rank":{"$not":{"$gt":3}}}]}}"#,
            #"{"filter":{"$or":[{"title":"?"},{"rank":{"$not":{"$gt":"?"}}}]}}"#
        ),
        // Names that nobody declared.
        (#"{"filter":{"ada@x.org":1,"anything.ada":2}}"#, #"{"filter":{"_":"?","anything._":"?"}}"#),
        (#"{"filter":{"x":1,"y":1,"z":{"$gt":1}}}"#, #"{"filter":{"_":["?",{"$gt":"?"}]}}"#),
        (#"{"filter":{"$ada":1,"title":{"$bob":2}}}"#, #"{"filter":{"$_":"?","title":{"$_":"?"}}}"#),
        (#"{"ada":1}"#, #"{"_":"?"}"#),
        // Documents as values are values.
        (#"{"filter":{"anything":{"ada":{"$gt":1}}}}"#, #"{"filter":{"anything":"?"}}"#),
        (
            #"{"filter":{"parts":{"$elemMatch":{"kind":"bolt","ada":1}}}}"#,
            #"{"filter":{"parts":{"$elemMatch":{"_":"?","kind":"?"}}}}"#
        ),
        (#"{"filter":{"tags":{"$elemMatch":{"$gt":"a"}}}}"#, #"{"filter":{"tags":{"$elemMatch":{"$gt":"?"}}}}"#),
        (#"{"filter":{"tags":{"$all":["a","b"]}}}"#, #"{"filter":{"tags":{"$all":"?"}}}"#),
        (
            #"{"filter":{"$expr":{"$gt":["$rank",{"$add":["$ada.x",77]}]}}}"#,
            #"{"filter":{"$expr":{"$gt":["$rank",{"$add":["$_","?"]}]}}}"#
        ),
        // An order is told in its order, and which way.
        (#"{"sort":{"title":-1,"rank":1,"ada":1}}"#, #"{"sort":{"title":-1,"rank":1,"_":1}}"#),
        (#"{"sort":{"title":4711}}"#, #"{"sort":{"title":"?"}}"#),
        (
            #"{"projection":{"title":1,"tags":{"$slice":3},"ada":"$email","code":true}}"#,
            #"{"projection":{"title":1,"tags":{"$slice":"?"},"_":"$email","code":1}}"#
        ),
        (#"{"hint":"status_1","field":"inner.level"}"#, #"{"hint":"?","field":"inner.level"}"#),
        (
            #"{"pipeline":[{"$match":{"title":"a"}},{"$group":{"_id":"$status","ada":{"$sum":4}}},{"$limit":3}]}"#,
            #"{"pipeline":[{"$match":{"title":"?"}},{"$group":{"_id":"$status","_":{"$sum":"?"}}},{"$limit":"?"}]}"#
        ),
        (
            #"{"pipeline":[{"$lookup":{"from":"things","localField":"owner","foreignField":"_id","as":"ada"}},{"$ada":1}]}"#,
            #"{"pipeline":[{"$lookup":{"from":"things","localField":"owner","foreignField":"_id","as":"?"}},{"$_":"?"}]}"#
        ),
        (
            #"{"pipeline":[{"$unionWith":"ada"},{"$facet":{"bob":[{"$match":{"ada":1}}],"eve":[{"$count":"n"}]}}]}"#,
            #"{"pipeline":[{"$unionWith":"?"},{"$facet":{"_":[[{"$match":{"_":"?"}}],[{"$count":"?"}]]}}]}"#
        ),
        (
            #"{"pipeline":[{"$project":{"x":{"$let":{"vars":{"ada":"$title"},"in":{"$concat":["$$ada","$$ROOT.code","z"]}}}}}]}"#,
            #"{"pipeline":[{"$project":{"_":{"$let":{"vars":{"_":"$title"},"in":{"$concat":["$$_","$$ROOT.code","?"]}}}}}]}"#
        ),
        (
            #"{"pipeline":[{"$addFields":{"title":{"$literal":"$email"}}}]}"#,
            #"{"pipeline":[{"$addFields":{"title":{"$literal":"?"}}}]}"#
        ),
        // No question at all.
        (#"{"filter":3,"pipeline":"ada","sort":[1]}"#, #"{"filter":"?","sort":"?","pipeline":"?"}"#),
    ])
    func whatStays(question: String, expected: String) throws { #expect(try shape(question) == expected) }

    @Test func aLongQuestionIsCut() throws {
        let many = (0..<5_000).map { #"{"rank":{"$gt":\#($0)},"title":{"\#($0 % 2 == 0 ? "$lt" : "$gt")":"x"}}"# }
        let alike = try shape(#"{"filter":{"$or":[\#(many.joined(separator: ","))]}}"#)
        #expect(alike.utf8.count < 1_000, "\(alike.utf8.count)")
        let stages = (0..<5_000).map { _ in #"{"$match":{"rank":1,"title":2}}"# }.joined(separator: ",")
        let cut = try shape(#"{"pipeline":[\#(stages)]}"#)
        #expect(cut.utf8.count < 40_000 && cut.contains("…"))
    }

    /// Nor do what is left of it, level after level, and names without end make it large.
    @Test func aShapeIsNoLongerThanItMayBe() throws {
        var nested = #""$rank""#
        for _ in 0..<60 {
            nested = "[\(nested),\(repeatElement(#""$rank""#, count: 450).joined(separator: ","))]"
        }
        #expect(try shape(#"{"filter":{"$expr":\#(nested)}}"#).utf8.count <= QueryShape.mostBytes)
        let names = repeatElement(#""things""#, count: 10_000).joined(separator: ",")
        #expect(try shape(#"{"collections":[\#(names)]}"#).utf8.count <= QueryShape.mostBytes)
    }

    @Test func collectionsAreTold() throws {
        let catalogue = try #require(GeneratedStore.current).store.catalogue
        let shapes = QueryShapes(catalogue)
        let question: Document = [
            "pipeline": [
                ["$lookup": ["from": "chatsessions", "as": "x", "pipeline": [["$unionWith": "communityposts"]]]],
                ["$unionWith": ["coll": "nothing"]],
            ]
        ]
        let shape = shapes.shape(of: question, known: Self.members, about: "users")
        #expect(shape.collections == ["chatsessions", "communityposts", "users"])
    }

    /// Random finds and pipelines of all collections, their literals and made-up names marked: no mark is in a shape.
    @Test func noLiteralStays() throws {
        let generated = try #require(GeneratedStore.current)
        let catalogue = generated.store.catalogue
        let shapes = QueryShapes(catalogue)
        var finds = catalogue.collections.enumerated().compactMap { place, model in
            generated.documents[model.name].flatMap { documents in
                documents.isEmpty
                    ? nil
                    : QueryGenerator(
                        seed: RandomSettings.seed &+ UInt64(place), model, StoredValues(documents, model))
            }
        }
        var pipelines = PipelineGenerator(seed: RandomSettings.seed, collections: generated.documents, secrets: [])
        var (marked, telling) = (0, 0)
        for round in 0..<3_000 {
            var question: Document
            let name: String
            if round % 2 == 0 {
                let place = (round / 2) % finds.count
                name = finds[place].model.name
                question = [
                    "filter": .document(finds[place].filter()),
                    "sort": .document(Document(finds[place].sort().map { ($0.0, .int32($0.1 ? -1 : 1)) })),
                    "projection": .document(finds[place].projection()), "limit": 7,
                ]
            } else {
                let pipeline = pipelines.next()
                name = pipeline.collection
                question = ["pipeline": .array(pipeline.stages.map { .document($0) })]
            }
            var marker = Marker(random: SplitMix64(seed: RandomSettings.seed &+ UInt64(round)))
            question = marker.marked(question, depth: 0)
            let shape = shapes.shape(of: question, known: Self.members, about: name)
            let what = "\(JSON.string(question, style: .canonical)), seed \(RandomSettings.seed)"
            for mark in marker.marks {
                #expect(question.bytes.firstRange(of: mark) != nil)
                #expect(shape.members.bytes.firstRange(of: mark) == nil, "\(mark) of \(what)")
            }
            marked += marker.marks.count
            let text = JSON.string(shape.members, style: .relaxed)
            if text.contains("$") || text.contains("\"_id\"") { telling += 1 }
        }
        // Not all is thrown away with the values.
        #expect(marked > 6_000 && telling > 1_500, "\(marked) \(telling)")
    }
}

/// Puts marks in place of literals, and of some names.
private struct Marker {
    var random: SplitMix64
    private(set) var marks: [[UInt8]] = []

    init(random: SplitMix64) { self.random = random }

    mutating func marked(_ document: Document, depth: Int) -> Document {
        Document(
            document.pairs.map { name, value in
                var name = name
                if depth > 0, !name.hasPrefix("$"), random.chance(6) {
                    name = text()
                } else if depth > 0, name.hasPrefix("$"), random.chance(40) {
                    name = "$" + text()
                }
                return (name, marked(value, depth: depth + 1))
            })
    }

    private mutating func text() -> String {
        let text = "MARK\(marks.count)@x"
        marks.append(Array(text.utf8))
        return text
    }

    private mutating func marked(_ value: Value, depth: Int) -> Value {
        switch value {
        case .document(let document): return .document(marked(document, depth: depth))
        case .array(let values): return .array(values.map { marked($0, depth: depth) })
        case .string(let name) where name.hasPrefix("$"):
            return random.chance(8) ? .string((random.chance(2) ? "$" : "$$") + text()) : value
        default:
            switch random.below(4) {
            case 0:
                let number = Int64(7_345_000_000 + marks.count)
                marks.append(withUnsafeBytes(of: number.littleEndian) { Array($0) })
                return .int64(number)
            case 1:
                let number = 7_345_000_000.25 + Double(marks.count)
                marks.append(withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) })
                return .double(number)
            default: return .string(text())
            }
        }
    }
}
