internal import BSON

/// What a field is to be: a value, a regular expression, or a document of operators.
extension FilterParser {
    mutating func parse(_ value: RawValue, _ subject: Subject, _ place: String, depth: Int) throws(QueryError)
        -> Filter.Node
    {
        guard value.type == .document, Self.isOperators(RawDocument(value.base)) else {
            return .test(subject.path, try equality(value, subject, place))
        }
        let checks = try parseChecks(RawDocument(value.base), subject, place, depth: depth)
        return Self.node(checks, subject.path)
    }

    private static func node(_ checks: [Filter.Check], _ path: QueryPath) -> Filter.Node {
        let nodes = checks.map { check -> Filter.Node in
            switch check {
            case .passes(let test): .test(path, test)
            case .fails(let checks): .not(node(checks, path))
            }
        }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    static func isOperators(_ document: RawDocument) -> Bool {
        var elements = document.elements
        return elements.next()?.name.first == UInt8(ascii: "$")
    }

    private mutating func parseChecks(
        _ document: RawDocument, _ subject: Subject, _ place: String, depth: Int
    ) throws(QueryError) -> [Filter.Check] {
        try checkDepth(depth, place)
        var checks: [Filter.Check] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            let value = element.value
            switch name {
            case "$eq": checks.append(.passes(.compare(.equal, try operand(value, subject))))
            case "$ne": checks.append(.fails([.passes(.compare(.equal, try plain(value, subject, here)))]))
            case "$gt": checks.append(.passes(.compare(.greater, try plain(value, subject, here))))
            case "$gte": checks.append(.passes(.compare(.greaterOrEqual, try plain(value, subject, here))))
            case "$lt": checks.append(.passes(.compare(.less, try plain(value, subject, here))))
            case "$lte": checks.append(.passes(.compare(.lessOrEqual, try plain(value, subject, here))))
            case "$in": checks.append(.passes(.within(try list(value, subject, here))))
            case "$nin": checks.append(.fails([.passes(.within(try list(value, subject, here)))]))
            case "$exists":
                guard let flag = value.bool ?? value.double.map({ $0 != 0 }) else {
                    throw QueryError(.badValue, at: here, "$exists needs true or false")
                }
                checks.append(flag ? .passes(.exists) : .fails([.passes(.exists)]))
            case "$type": checks.append(.passes(.type(try TypeSet(value, here))))
            case "$size": checks.append(.passes(.size(try size(value, here))))
            case "$mod": checks.append(.passes(try remainder(value, here)))
            case "$regex": checks.append(.passes(.pattern(try pattern(value, in: document, here))))
            case "$options":
                guard document.value(named: "$regex") != nil else {
                    throw QueryError(.badValue, at: here, "$options stands alone", mend: "add a $regex")
                }
            case "$elemMatch": checks.append(.passes(try elementMatch(value, subject, here, depth)))
            case "$all": checks += try all(value, subject, here, depth)
            case "$not": checks.append(.fails(try negated(value, subject, here, depth)))
            case "$comment": continue
            default:
                throw QueryError(
                    .unknownOperator, at: here, "\(name) is not known here",
                    mend:
                        "use $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $type, $size, $mod, $regex, $elemMatch, $all or $not"
                )
            }
        }
        return checks
    }

    private mutating func negated(_ value: RawValue, _ subject: Subject, _ place: String, _ depth: Int)
        throws(QueryError) -> [Filter.Check]
    {
        if value.type == .regex { return [.passes(try equality(value, subject, place))] }
        guard value.type == .document, Self.isOperators(RawDocument(value.base)) else {
            throw QueryError(
                .badValue, at: place, "$not needs a document of operators or a regular expression",
                mend: "write {$not: {$gt: 5}}")
        }
        return try parseChecks(RawDocument(value.base), subject, place, depth: depth + 1)
    }

    // MARK: Arrays

    /// Of an array one element is to fulfil all: conditions on its fields, or operators on itself.
    mutating func elementMatch(_ value: RawValue, _ subject: Subject, _ place: String, _ depth: Int)
        throws(QueryError) -> Filter.Test
    {
        guard value.type == .document else {
            throw QueryError(.badValue, at: place, "$elemMatch needs a filter", mend: "write {$elemMatch: {…}}")
        }
        let document = RawDocument(value.base)
        if Self.isOperators(document), !Self.isLogical(document) {
            // A declared array of arrays has no kind of its own below: the path is the same.
            return .anyElementPasses(try parseChecks(document, subject, place, depth: depth + 1))
        }
        return .anyElement(try parse(document, place, below: subject.name, depth: depth + 1))
    }

    private static func isLogical(_ document: RawDocument) -> Bool {
        var elements = document.elements
        guard let name = elements.next()?.name else { return false }
        return ["$and", "$or", "$nor"].contains { name.elementsEqual($0.utf8) }
    }

    private mutating func all(_ value: RawValue, _ subject: Subject, _ place: String, _ depth: Int)
        throws(QueryError) -> [Filter.Check]
    {
        guard let array = value.array else {
            throw QueryError(.badValue, at: place, "$all needs a list", mend: "write [1, 2]")
        }
        var checks: [Filter.Check] = []
        var matches = 0
        var elements = array.elements
        while let element = elements.next() {
            let here = "\(place).\(checks.count)"
            try countListValue(here)
            if let inner = element.value.document, element.value.type == .document, Self.isOperators(inner) {
                var operators = inner.elements
                guard let match = operators.next(), match.name.elementsEqual("$elemMatch".utf8),
                    operators.next() == nil
                else {
                    throw QueryError(
                        .badValue, at: here, "$all has values, or $elemMatch alone", mend: "write {$elemMatch: {…}}")
                }
                matches += 1
                checks.append(.passes(try elementMatch(match.value, subject, here + ".$elemMatch", depth + 1)))
            } else {
                checks.append(.passes(try equality(element.value, subject, here)))
            }
        }
        if matches != 0, matches != checks.count {
            throw QueryError(.badValue, at: place, "$all has either values or $elemMatch", mend: "join two with $and")
        }
        // Nothing has all of nothing.
        return checks.isEmpty ? [.passes(.within(OperandList([])))] : checks
    }
}
