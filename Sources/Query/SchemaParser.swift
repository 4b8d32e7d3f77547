internal import BSON

/// Reads `$jsonSchema`: the keywords of draft 4 that MongoDB knows and people use, and `bsonType`.
struct SchemaParser {
    let fields: DeclaredFields
    let limits: QueryLimits
    private var listValues = 0

    init(fields: DeclaredFields, limits: QueryLimits) {
        self.fields = fields
        self.limits = limits
    }

    /// `name`: the field of the collection that the rule is about; empty for the document itself.
    mutating func parse(_ value: RawValue, _ place: String, _ name: String = "", depth: Int) throws(QueryError)
        -> SchemaRule
    {
        guard value.type == .document else {
            throw QueryError(.badValue, at: place, "a schema is a document", mend: "write {…}")
        }
        guard depth < limits.nesting else {
            throw QueryError(
                .limitExceeded(.nesting), at: place, "it nests deeper than \(limits.nesting) levels",
                mend: "flatten the schema")
        }
        let document = RawDocument(value.base)
        var rule = SchemaRule()
        var elements = document.elements
        while let element = elements.next() {
            let keyword = String(decoding: element.name, as: UTF8.self)
            try read(keyword, element.value, document, into: &rule, "\(place).\(keyword)", name, depth)
        }
        return rule
    }

    private mutating func read(
        _ keyword: String, _ value: RawValue, _ document: RawDocument, into rule: inout SchemaRule, _ place: String,
        _ name: String, _ depth: Int
    ) throws(QueryError) {
        switch keyword {
        case "bsonType": rule.types = try TypeSet(value, place)
        case "type": rule.types = try jsonTypes(value, place)
        case "enum": rule.allowed = try list(value, place).map { Operand($0.owned()) }
        case "minimum": rule.minimum = try bound(value, document.value(named: "exclusiveMinimum"), place)
        case "maximum": rule.maximum = try bound(value, document.value(named: "exclusiveMaximum"), place)
        case "exclusiveMinimum": try need("minimum", of: document, flag(value, place), place)
        case "exclusiveMaximum": try need("maximum", of: document, flag(value, place), place)
        case "multipleOf": rule.multipleOf = try factor(value, place)
        case "minLength": rule.minLength = try count(value, place)
        case "maxLength": rule.maxLength = try count(value, place)
        case "pattern":
            guard let source = value.string else { throw wrong(place, "a regular expression as text") }
            rule.pattern = try Pattern(source, options: "", limits: limits, place: place)
        case "minItems": rule.minItems = try count(value, place)
        case "maxItems": rule.maxItems = try count(value, place)
        case "uniqueItems": rule.hasUniqueItems = try flag(value, place)
        case "items": rule.items.append(try items(value, document, place, name, depth))
        case "additionalItems": break
        case "required": rule.required = try required(value, place, name)
        case "properties": rule.properties = try properties(value, place, name, depth)
        case "additionalProperties": rule.additional = try rest(value, place, name, depth)
        case "minProperties": rule.minProperties = try count(value, place)
        case "maxProperties": rule.maxProperties = try count(value, place)
        case "allOf": rule.allOf = try rules(value, place, name, depth)
        case "anyOf": rule.anyOf = try rules(value, place, name, depth)
        case "oneOf": rule.oneOf = try rules(value, place, name, depth)
        case "not": rule.not = [try parse(value, place, name, depth: depth + 1)]
        case "title", "description": break
        default:
            throw QueryError(
                .unknownOperator, at: place, "\(keyword) is no keyword that is known here",
                mend: "use bsonType, required, properties, enum, minimum, maximum, pattern, items and their kin")
        }
    }

    // MARK: Inner schemas

    private mutating func rules(_ value: RawValue, _ place: String, _ name: String, _ depth: Int)
        throws(QueryError) -> [SchemaRule]
    {
        var rules: [SchemaRule] = []
        for value in try list(value, place) {
            rules.append(try parse(value, "\(place).\(rules.count)", name, depth: depth + 1))
        }
        return rules
    }

    private mutating func properties(_ value: RawValue, _ place: String, _ name: String, _ depth: Int)
        throws(QueryError) -> [(name: [UInt8], rule: SchemaRule)]
    {
        guard value.type == .document else { throw wrong(place, "a document of schemas") }
        var properties: [(name: [UInt8], rule: SchemaRule)] = []
        var elements = RawDocument(value.base).elements
        while let element = elements.next() {
            let property = String(decoding: element.name, as: UTF8.self)
            let path = try inner(property, of: name, place)
            properties.append(
                (Array(element.name), try parse(element.value, "\(place).\(property)", path, depth: depth + 1)))
        }
        return properties
    }

    private mutating func items(
        _ value: RawValue, _ document: RawDocument, _ place: String, _ name: String, _ depth: Int
    ) throws(QueryError) -> SchemaRule.Items {
        guard value.type == .array else { return .each(try parse(value, place, name, depth: depth + 1)) }
        var after = SchemaRule.Rest.allowed
        if let additional = document.value(named: "additionalItems") {
            after = try rest(additional, place, name, depth)
        }
        return .places(try rules(value, place, name, depth), after)
    }

    private mutating func rest(_ value: RawValue, _ place: String, _ name: String, _ depth: Int)
        throws(QueryError) -> SchemaRule.Rest
    {
        if let isAllowed = value.bool { return isAllowed ? .allowed : .refused }
        return .fits(try parse(value, place, name, depth: depth + 1))
    }

    private mutating func required(_ value: RawValue, _ place: String, _ name: String) throws(QueryError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        for value in try list(value, place) {
            guard let property = value.string else { throw wrong(place, "a list of names") }
            _ = try inner(property, of: name, place)
            names.append(Array(property.utf8))
        }
        return names
    }

    /// The path of a property; dots in its name lead nowhere.
    private func inner(_ property: String, of name: String, _ place: String) throws(QueryError) -> String {
        let path = name.isEmpty ? property : name + "." + property
        // A document around a secret field may be named: rules see it without.
        try fields.refuseSecret(path, at: "\(place).\(property)", "tested", isRedacted: true)
        return path
    }

    // MARK: Values

    private mutating func list(_ value: RawValue, _ place: String) throws(QueryError) -> [RawValue] {
        guard let array = value.array, !array.isEmpty else { throw wrong(place, "a list that is not empty") }
        let values = array.elements.map(\.value)
        listValues += values.count
        if listValues > limits.listValues {
            throw QueryError(
                .limitExceeded(.listValues), at: place, "lists have more than \(limits.listValues) values",
                mend: "split the query")
        }
        return values
    }

    private func jsonTypes(_ value: RawValue, _ place: String) throws(QueryError) -> TypeSet {
        var types = TypeSet()
        for value in value.array.map({ $0.elements.map(\.value) }) ?? [value] {
            let names = [
                "boolean": "bool", "object": "object", "array": "array", "number": "number", "string": "string",
                "null": "null",
            ]
            guard let name = value.string.flatMap({ names[$0] }), let known = TypeSet(named: name) else {
                throw wrong(place, "object, array, number, boolean, string or null (bsonType knows more)")
            }
            types.formUnion(known)
        }
        return types
    }

    private func bound(_ value: RawValue, _ exclusive: RawValue?, _ place: String) throws(QueryError)
        -> SchemaRule.Bound
    {
        guard value.isNumber else { throw wrong(place, "a number") }
        return SchemaRule.Bound(operand: Operand(value.owned()), isExclusive: exclusive?.bool ?? false)
    }

    private func factor(_ value: RawValue, _ place: String) throws(QueryError) -> Operand {
        let number = value.double ?? value.decimal128.flatMap { Double($0.description) }
        guard let number, number > 0 else {
            throw wrong(place, "a number above 0")
        }
        return Operand(value.owned())
    }

    private func count(_ value: RawValue, _ place: String) throws(QueryError) -> Int {
        guard let count = value.int64, count >= 0 else { throw wrong(place, "a whole number from 0 on") }
        return Int(count)
    }

    private func flag(_ value: RawValue, _ place: String) throws(QueryError) -> Bool {
        guard let flag = value.bool else { throw wrong(place, "true or false") }
        return flag
    }

    private func need(_ keyword: String, of document: RawDocument, _: Bool, _ place: String) throws(QueryError) {
        guard document.value(named: keyword) != nil else {
            throw QueryError(.badValue, at: place, "it needs a \(keyword) beside it", mend: "add \(keyword)")
        }
    }

    private func wrong(_ place: String, _ needed: String) -> QueryError {
        QueryError(.badValue, at: place, "it needs \(needed)")
    }
}
