import BSON
import Foundation

/// `collections.json`, read whole: a key that this does not know is an error, so that no rule is passed over.
struct Specification {
    struct Entry {
        var rules: CollectionRules
        /// The source text of its custom validations.
        var validations: [String]
    }

    var entries: [Entry] = []
    /// Secondary indexes as the file lists them, one by one.
    private(set) var indexCount = 0

    init() throws {
        let file = try JSON.parse(Array(Data(contentsOf: Seed.collections)), extended: false)
        try file.expect(["source", "collections"], at: "the file")
        for (index, value) in file.list("collections").enumerated() {
            let document = try value.object(at: "collection \(index)")
            entries.append(try Self.entry(document))
            indexCount += document.list("indexes").count + document.list("impliedIndexes").count
        }
    }

    /// The name that mongoose gives to a model's collection.
    static func collectionName(ofModel model: String) -> String {
        let name = model.lowercased()
        return name.hasSuffix("s") ? name : name + "s"
    }

    private static func entry(_ document: Document) throws -> Entry {
        let model = document["model"]?.text ?? ""
        // What describes a collection to people, and binds no one.
        let prose: Set = ["section", "title", "variable", "model", "purpose", "aggregations", "example"]
        let rules: Set = ["timestamps", "fields", "indexes", "impliedIndexes", "validation"]
        try document.expect(prose.union(rules), at: model)
        var collection = CollectionRules(name: collectionName(ofModel: model))
        for field in document.list("fields") {
            try addField(field.object(at: model), prefix: "", to: &collection)
        }
        for index in document.list("indexes") + document.list("impliedIndexes") {
            collection.indexes.append(try self.index(index.object(at: model), at: model))
        }
        // mongoose keeps these two itself where a schema asks for timestamps, whatever its fields say of them.
        if document["timestamps"] == true {
            for name in ["createdAt", "updatedAt"] {
                collection.fields[name] = ["type": "date", "timestamp": "true"]
            }
        }
        collection.indexes = try withoutRepetitions(collection)
        collection.addIndexRules()
        return Entry(rules: collection, validations: document.list("validation").compactMap(\.text))
    }

    /// An index may be asked for by its field and by the list; the two have to agree on its options.
    private static func withoutRepetitions(_ collection: CollectionRules) throws -> [IndexRules] {
        var indexes: [IndexRules] = []
        for index in collection.indexes {
            if let other = indexes.first(where: { $0.name == index.name }) {
                guard other == index else {
                    throw Seed.Unreadable(
                        description: "\(collection.name): the specification has \(index.name) once with "
                            + "\(other.options) and once with \(index.options)")
                }
            } else {
                indexes.append(index)
            }
        }
        return indexes
    }

    private static func index(_ document: Document, at place: String) throws -> IndexRules {
        try document.expect(["key", "options", "from"], at: "\(place), an index")
        let options = try document["options"]?.object(at: place) ?? Document()
        try options.expect(["unique", "sparse"], at: "\(place), options of an index")
        let parts = try document["key"]?.object(at: place).pairs.map { path, direction in
            guard direction == 1 || direction == -1 else {
                throw Seed.Unreadable(description: "\(place): the index over \(path) has direction \(direction)")
            }
            return IndexRules.Part(path: path, direction: direction == 1 ? 1 : -1)
        }
        return IndexRules(
            parts: parts ?? [], isUnique: options["unique"] == true, isSparse: options["sparse"] == true)
    }
}
