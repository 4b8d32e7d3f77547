internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Schema

/// Reads the headers of a request to append, and collects what is wrong with them.
struct AppendHeaders {
    private let headers: HTTPFields
    private var problems: [Problem.Detail] = []

    init(_ request: Request) { headers = request.headers }

    private mutating func refuse(_ name: HTTPField.Name, _ message: String) {
        problems.append(
            Problem.Detail(
                index: 0, type: "", field: name.rawName, rule: "header", value: headers[name], message: message))
    }

    mutating func idempotencyKey(longest: Int) -> String? {
        guard let text = headers[.idempotencyKey] else { return nil }
        // A structured field's string may stand in quotes.
        let key =
            text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
        guard !key.isEmpty, key.utf8.count <= longest else {
            refuse(.idempotencyKey, "must be 1 to \(longest) characters")
            return nil
        }
        return key
    }

    /// `If-Match: "N"`, or `If-None-Match: *` for a stream that is not there.
    mutating func expectedVersion() -> UInt64? {
        if let text = headers[.ifNoneMatch] {
            guard text == "*", headers[.ifMatch] == nil else {
                refuse(.ifNoneMatch, "must be *, without If-Match: the stream must be new")
                return nil
            }
            return 0
        }
        guard let text = headers[.ifMatch] else { return nil }
        guard text.hasPrefix("\""), text.hasSuffix("\""), let version = UInt64(text.dropFirst().dropLast()) else {
            refuse(.ifMatch, #"must be one version of the stream in quotes, such as "3""#)
            return nil
        }
        return version
    }

    mutating func condition(_ catalogue: Catalogue) -> AppendCondition? {
        guard let text = headers[.annalsCondition] else { return nil }
        guard let document = try? JSON.parse(text, extended: true), let condition = AppendCondition(document, catalogue)
        else {
            refuse(
                .annalsCondition,
                #"must be {"after":N,"entities":["COLLECTION/ID",…],"types":["TYPE",…]}; without types, any counts"#)
            return nil
        }
        return condition
    }

    /// W3C Trace Context. One that is none is as if it were not there, as the recommendation says.
    func traceparent() -> String? {
        headers[.traceparent].flatMap { TraceContext.isValid($0) ? $0 : nil }
    }

    /// - Throws: all that was wrong.
    func check() throws(Problem) {
        guard let first = problems.first else { return }
        var problem = Problem(.badRequest, "header", "A header cannot be taken", "\(first.field) \(first.message)")
        problem.errors = problems
        throw problem
    }
}

extension AppendCondition {
    /// `nil` where a member is missing, unknown or of another type, or names what no collection declares.
    fileprivate init?(_ document: Document, _ catalogue: Catalogue) {
        var after: UInt64?
        var entities: [Entity] = []
        var types: Set<String> = []
        for (name, value) in document.pairs {
            switch (name, value) {
            case ("after", let value): after = value.position
            case ("entities", .array(let elements)):
                for element in elements {
                    guard case .string(let text) = element else { return nil }
                    let words = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                    guard words.count == 2, catalogue[words[0]] != nil, let id = ObjectID(hex: words[1]) else {
                        return nil
                    }
                    entities.append(Entity(collection: words[0], id: id))
                }
            case ("types", .array(let elements)):
                for element in elements {
                    guard case .string(let text) = element, let type = catalogue.type(text) else { return nil }
                    types.insert(type.event.name.description)
                }
            default: return nil
            }
        }
        guard let after, !entities.isEmpty else { return nil }
        self.init(types: types, entities: entities, after: after)
    }
}
