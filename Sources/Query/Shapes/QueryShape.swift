public import BSON
public import Schema

/// What was asked, without what was asked for: names and operators, each literal a question mark.
///
/// Every word of it is one of those that stand in the declarations or in the query language: what a caller makes up, the
/// names of computed fields among it, is an underscore. So it can hold no value, whatever the question held.
public struct QueryShape: Sendable, Hashable {
    /// The question's members in the order in which its operation declares them, whatever their order was. Of a filter the
    /// names are sorted too, and alternatives that are alike stand once.
    public let members: Document
    /// The collections that the question names, sorted.
    public let collections: [String]

    public init(members: Document = [:], collections: [String] = []) {
        self.members = members
        self.collections = collections
    }

    /// In place of a literal, of a name that is not declared, of an index within an array, and of all that follows where a
    /// question is too long.
    static let (literal, name, index, cut) = ("?", "_", "#", "…")
    /// Names and literals of a shape, about.
    static let mostParts = 500
    /// Bytes of a shape: one that is longer is cut whole.
    public static let mostBytes = 64 << 10
}

/// Makes shapes of questions about the collections of a catalogue. Made once; used from any thread.
public struct QueryShapes: Sendable {
    /// Declared paths with all that leads to them, by collection.
    private let paths: [String: Set<String>]
    private let allPaths: Set<String>

    public init(_ catalogue: Catalogue) {
        paths = Dictionary(
            uniqueKeysWithValues: catalogue.collections.map { model in
                var paths: Set<String> = ["_id"]
                Self.gather(model.fields, below: "", into: &paths)
                return (model.name, paths)
            })
        allPaths = paths.values.reduce(into: []) { $0.formUnion($1) }
    }

    /// `known`: the members that the operation declares. `collection`: what the question is about.
    public func shape(of question: Document, known: [String], about collection: String?) -> QueryShape {
        var writer = ShapeWriter(
            paths: collection.flatMap { paths[$0] } ?? [], allPaths: allPaths, names: Set(paths.keys))
        var shape = writer.question(question, known)
        if shape.bytes.count > QueryShape.mostBytes { shape = [QueryShape.cut: ShapeWriter.literal] }
        if let collection, paths[collection] != nil { writer.collections.insert(collection) }
        return QueryShape(members: shape, collections: writer.collections.sorted())
    }

    private static func gather(_ fields: [FieldDescriptor], below outer: String, into paths: inout Set<String>) {
        for field in fields {
            var path = outer
            for name in field.name.split(separator: ".") {
                path += (path.isEmpty ? "" : ".") + name
                paths.insert(path)
            }
            gather(field.kind, at: path, into: &paths)
        }
    }

    private static func gather(_ kind: FieldKind, at path: String, into paths: inout Set<String>) {
        switch kind {
        case .array(let element): gather(element.kind, at: path, into: &paths)
        case .object(let members):
            paths.insert(path + "._id")
            gather(members, below: path, into: &paths)
        default: break
        }
    }
}
