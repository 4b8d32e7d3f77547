import BSON
import Schema

/// What stands at the paths of some documents: random queries are made of it, so that they find something.
struct StoredValues {
    let documents: [Document]
    /// By path, through arrays of documents, what stands there; arrays whole.
    let values: [String: [Value]]
    let paths: [String]
    /// No query may name them, nor what they stand in.
    private let secrets: [String]

    init(_ documents: [Document], _ model: CollectionModel) {
        let secrets = SecretFields.paths(model.fields)
        self.secrets = secrets
        self.documents = documents
        var values: [String: [Value]] = [:]
        func walk(_ document: Document, _ prefix: String) {
            for (name, value) in document.pairs {
                let path = prefix + name
                if !secrets.contains(where: { SecretFields.overlap($0, path) }) {
                    values[path, default: []].append(value)
                }
                switch value {
                case .document(let inner): walk(inner, path + ".")
                case .array(let elements):
                    for case .document(let inner) in elements { walk(inner, path + ".") }
                default: break
                }
            }
        }
        for document in documents { walk(document, "") }
        self.values = values
        paths = values.keys.sorted()
    }

    /// The paths of one document, with what stands there.
    func places(_ document: Document) -> [(path: String, value: Value)] {
        var places: [(path: String, value: Value)] = []
        func walk(_ document: Document, _ prefix: String) {
            for (name, value) in document.pairs {
                let path = prefix + name
                if !secrets.contains(where: { SecretFields.overlap($0, path) }) { places.append((path, value)) }
                switch value {
                case .document(let inner): walk(inner, prefix + name + ".")
                case .array(let elements):
                    for case .document(let inner) in elements.prefix(1) { walk(inner, prefix + name + ".") }
                default: break
                }
            }
        }
        walk(document, "")
        return places
    }

    /// Whether a path leads through an array, or ends in one.
    func hasArray(_ path: String) -> Bool {
        let parts = path.split(separator: ".")
        return parts.indices.contains { end in
            values[parts[...end].joined(separator: ".")]?.contains { NaiveMatcher.elements($0) != nil } ?? false
        }
    }
}
