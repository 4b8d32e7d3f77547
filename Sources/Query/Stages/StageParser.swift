internal import BSON
internal import Schema

/// Reads the stages of a pipeline, and knows what comes to each of them.
struct StageParser {
    let limits: QueryLimits
    /// Where other collections are found.
    let catalogue: ReadableCollections?
    /// What is declared about the documents that come to the next stage: nothing once their shape was changed.
    var fields: DeclaredFields
    /// The top-level names that `fields` declares.
    private var declared: Set<String>
    /// What pipelines around this one have named.
    var variables = Variables()
    /// How deep pipelines are within one another.
    var depth = 0
    var isFacet = false

    init(_ model: CollectionModel?, _ catalogue: ReadableCollections?, _ limits: QueryLimits) {
        self.limits = limits
        self.catalogue = catalogue
        fields = DeclaredFields(model)
        declared = Set((model?.fields ?? []).map { Self.top($0.name) } + ["_id"])
    }

    static func top(_ name: String) -> String { String(name.prefix { $0 != "." }) }

    var expressions: ExpressionParser { ExpressionParser(fields: fields, limits: limits, variables: variables) }

    mutating func forgetFields() {
        fields = DeclaredFields(nil)
        declared = []
    }

    /// A field is set to what nothing is declared about.
    mutating func set(_ name: String) { if declared.contains(Self.top(name)) { forgetFields() } }

    mutating func parse(_ documents: [Document], _ place: String) throws(QueryError) -> [Stage] {
        guard documents.count <= limits.stages else {
            throw QueryError(
                .limitExceeded(.stages), at: place, "it has more than \(limits.stages) stages",
                mend: "use fewer stages")
        }
        guard depth <= limits.nesting else {
            throw QueryError(
                .limitExceeded(.nesting), at: place, "pipelines nest deeper than \(limits.nesting) levels",
                mend: "flatten it")
        }
        var stages: [Stage] = []
        for (number, document) in documents.enumerated() {
            stages += try document.withRaw { (raw) throws(QueryError) in
                try parse(raw, "\(place).\(number)", isFirst: number == 0)
            }
        }
        return StageOrder.optimized(stages)
    }

    private mutating func parse(_ document: RawDocument, _ place: String, isFirst: Bool) throws(QueryError) -> [Stage] {
        var elements = document.elements
        guard let element = elements.next(), elements.next() == nil else {
            throw QueryError(.badValue, at: place, "a stage has exactly one field", mend: "write {$match: {…}}")
        }
        let name = String(decoding: element.name, as: UTF8.self)
        let call = Call(name: name, place: "\(place).\(name)")
        let value = element.value
        func stage(_ work: Stage.Work) -> [Stage] { [Stage(name: name, spec: value.owned(), work: work)] }
        switch name {
        case "$match": return try parseMatch(try call.document(value), call.place)
        case "$sort":
            let sort = try SortOrder(try call.document(value), fields: fields, place: call.place)
            if sort.isEmpty { throw call.refusal("names at least one field") }
            return stage(.sort(sort, kept: nil))
        case "$skip": return stage(.skip(try call.wholeNumber(value, atLeast: 0)))
        case "$limit": return stage(.limit(try call.wholeNumber(value, atLeast: 1)))
        case "$sample":
            let parts = try expressions.members(value, call, ["size"], required: 1)
            guard let size = parts[0] else { return [] }
            return stage(.sample(try call.wholeNumber(size, atLeast: 1)))
        case "$project", "$addFields", "$set", "$unset": return stage(.reshape(try parseReshape(value, call)))
        case "$replaceRoot", "$replaceWith": return stage(try parseReplace(value, call))
        case "$unwind": return stage(.unwind(try parseUnwind(value, call)))
        case "$group": return stage(.group(try parseGroup(try call.document(value), call)))
        case "$sortByCount": return try parseSortByCount(value, call)
        case "$count": return stage(.count(try parseCount(value, call)))
        case "$bucket": return try parseBucket(value, call)
        case "$bucketAuto": return stage(.bucketAuto(try parseBucketAuto(value, call)))
        case "$facet": return stage(.facet(try parseFacet(try call.document(value), call)))
        case "$setWindowFields": return stage(.window(try parseWindow(value, call)))
        case "$lookup": return stage(.lookup(try parseLookup(value, call)))
        case "$graphLookup": return stage(.graphLookup(try parseGraphLookup(value, call)))
        case "$unionWith": return stage(.union(try parseUnion(value, call)))
        case "$documents":
            throw call.refusal("can only be the first stage of a pipeline without a collection")
        case "$merge", "$out":
            throw QueryError(
                .unknownOperator, at: call.place,
                "\(name) would write a collection, and views are written by events alone",
                mend: "leave it out and take the result")
        default:
            throw QueryError(
                .unknownOperator, at: call.place, "\(name) is no known stage",
                mend: "use \(Self.names.joined(separator: ", "))")
        }
    }

    static let names = [
        "$match", "$project", "$addFields", "$set", "$unset", "$group", "$sort", "$skip", "$limit", "$count", "$unwind",
        "$lookup", "$facet", "$bucket", "$bucketAuto", "$sortByCount", "$replaceRoot", "$replaceWith", "$sample",
        "$unionWith", "$graphLookup", "$setWindowFields", "$documents",
    ]
}

extension Call {
    func document(_ value: RawValue?) throws(QueryError) -> RawDocument {
        guard let value, value.type == .document else { throw refusal("needs a document") }
        return RawDocument(value.base)
    }

    func wholeNumber(_ value: RawValue, atLeast least: Int64) throws(QueryError) -> Int {
        guard let number = value.int64, number >= least else { throw refusal("needs a whole number from \(least)") }
        return Int(clamping: number)
    }

    func text(_ value: RawValue?, _ what: String) throws(QueryError) -> String {
        guard let text = value?.string, !text.isEmpty else { throw refusal("needs a text as \(what)") }
        return text
    }

    /// The documents of a list.
    func documents(_ value: RawValue, _ what: String) throws(QueryError) -> [Document] {
        guard let array = value.array else { throw refusal("needs a list of documents as \(what)") }
        var documents: [Document] = []
        var elements = array.elements
        while let element = elements.next() {
            guard element.value.type == .document else { throw refusal("needs a list of documents as \(what)") }
            documents.append(Document(copying: RawDocument(element.value.base)))
        }
        return documents
    }
}
