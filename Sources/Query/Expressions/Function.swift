internal import BSON

/// An operator that computes its value of its arguments' values alone.
struct Function: Sendable {
    typealias One = @Sendable (Evaluated, Call) throws(QueryError) -> Evaluated
    typealias Two = @Sendable (Evaluated, Evaluated, Call) throws(QueryError) -> Evaluated
    typealias Many = @Sendable ([Evaluated], Call) throws(QueryError) -> Evaluated
    typealias Named = @Sendable ([Evaluated?], Call) throws(QueryError) -> Evaluated
    typealias Scoped = @Sendable ([Evaluated], Call, Scope) throws(QueryError) -> Evaluated

    enum Body: Sendable {
        case one(One)
        case two(Two)
        /// How many there may be.
        case many(ClosedRange<Int>, Many)
        /// What it makes is counted.
        case scoped(ClosedRange<Int>, Scoped)
        /// A document of these members, of which the first so many must be there.
        case named([String], required: Int, Named)
    }

    let name: String
    let body: Body

    init(_ name: String, _ body: Body) {
        self.name = name
        self.body = body
    }

    func compute(_ arguments: [Expression?], _ call: Call, _ document: RawDocument, _ scope: Scope)
        throws(QueryError) -> Evaluated
    {
        func value(_ place: Int) throws(QueryError) -> Evaluated {
            try arguments[place]?.compute(document, scope) ?? .missing
        }
        switch body {
        case .one(let function): return try function(try value(0), call)
        case .two(let function): return try function(try value(0), try value(1), call)
        case .many(_, let function): return try function(try values(arguments, document, scope), call)
        case .scoped(_, let function): return try function(try values(arguments, document, scope), call, scope)
        case .named(_, _, let function):
            var values: [Evaluated?] = []
            for argument in arguments { values.append(try argument?.compute(document, scope)) }
            return try function(values, call)
        }
    }

    private func values(_ arguments: [Expression?], _ document: RawDocument, _ scope: Scope) throws(QueryError)
        -> [Evaluated]
    {
        var values: [Evaluated] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(try argument?.compute(document, scope) ?? .missing) }
        return values
    }

    /// All of them by name.
    static let all: [String: Function] = {
        let lists = [
            comparisons, arithmetic, rounding, powers, texts, textSearches, arrays, arrayParts, sets, objects, types,
            folds, dateParts, dateTexts, dateMoves,
        ]
        return Dictionary(uniqueKeysWithValues: lists.joined().map { ($0.name, $0) })
    }()
}

/// Which operator, and where it stands in the query.
struct Call: Sendable {
    let name: String
    let place: String

    /// What is wrong with a value that came from a document, or from the query itself.
    func refusal(_ reason: String, mend remedy: String = "") -> QueryError {
        QueryError(.badValue, at: place, "\(name) \(reason)", mend: remedy)
    }

    /// That an argument is of the wrong type. The value is not shown.
    func needs(_ what: String, _ found: Evaluated) -> QueryError {
        refusal("needs \(what), not \(TypeName.of(found.type))")
    }
}

/// The names MongoDB gives to types.
enum TypeName {
    static func of(_ type: BSONType?) -> String {
        guard let type else { return "missing" }
        return switch type {
        case .double: "double"
        case .string: "string"
        case .document: "object"
        case .array: "array"
        case .binary: "binData"
        case .undefined: "undefined"
        case .objectID: "objectId"
        case .bool: "bool"
        case .dateTime: "date"
        case .null: "null"
        case .regex: "regex"
        case .dbPointer: "dbPointer"
        case .javascript: "javascript"
        case .symbol: "symbol"
        case .javascriptWithScope: "javascriptWithScope"
        case .int32: "int"
        case .timestamp: "timestamp"
        case .int64: "long"
        case .decimal128: "decimal"
        case .minKey: "minKey"
        case .maxKey: "maxKey"
        }
    }
}
