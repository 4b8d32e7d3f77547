internal import BSON
internal import Schema

extension Filter.Node {
    /// `budget`: whose time expressions take; `nil` where nobody waits.
    func matches(_ document: RawDocument, _ budget: QueryBudget? = nil) throws(QueryError) -> Bool {
        switch self {
        case .all(let nodes):
            for node in nodes where try !node.matches(document, budget) { return false }
            return true
        case .any(let nodes):
            for node in nodes where try node.matches(document, budget) { return true }
            return false
        case .not(let node): return try !node.matches(document, budget)
        case .test(let path, let test):
            if test.takesWholeArrays {
                return try path.anyWhole(in: document) { value throws(QueryError) in try test.fits(value) }
            }
            return try path.anyValue(in: document) { value throws(QueryError) in try test.fits(value) }
        case .expression(let expression, let secrets):
            if secrets.isEmpty { return try expression.evaluate(document, Scope(budget)).isTrue }
            return try secrets.removed(from: document).withRaw { (raw) throws(QueryError) in
                try expression.evaluate(raw, Scope(budget)).isTrue
            }
        case .schema(let rule, let secrets):
            if secrets.isEmpty { return try rule.fits(RawValue(document)) }
            return try secrets.removed(from: document).withRaw { (raw) throws(QueryError) in
                try rule.fits(RawValue(raw))
            }
        }
    }
}

extension Filter.Test {
    /// Whether one value fits; `nil` is a missing one.
    func fits(_ value: RawValue?) throws(QueryError) -> Bool {
        switch self {
        case .compare(let comparison, let operand): return comparison.holds(value, operand.raw)
        case .within(let list): return try list.contains(value)
        case .exists: return value != nil
        case .type(let types): return value.map { types.contains($0.tag) } ?? false
        case .remainder(let remainder, let divisor): return Self.whole(value).map { $0 % divisor == remainder } ?? false
        case .pattern(let pattern): return try pattern.fits(value)
        case .size(let count): return value?.array.map { $0.count == count } ?? false
        case .anyElement(let node):
            guard let array = value?.array else { return false }
            var elements = array.elements
            while let element = elements.next() {
                // An array within the array is a document with its places for names.
                guard let inner = element.value.document else { continue }
                if try node.matches(inner) { return true }
            }
            return false
        case .anyElementPasses(let checks):
            guard let array = value?.array else { return false }
            var elements = array.elements
            while let element = elements.next() {
                if try Filter.Check.all(checks, element.value) { return true }
            }
            return false
        }
    }

    /// What `$mod` divides: a number without its fraction.
    private static func whole(_ value: RawValue?) -> Int64? {
        guard let value else { return nil }
        if let integer = value.int64 { return integer }
        let double = value.double ?? value.decimal128.flatMap { Double($0.description) }
        return double.flatMap { $0.isFinite ? Int64(exactly: $0.rounded(.towardZero)) : nil }
    }
}

extension Filter.Check {
    static func all(_ checks: [Filter.Check], _ value: RawValue) throws(QueryError) -> Bool {
        for check in checks {
            let fits =
                switch check {
                case .passes(let test): try test.fits(value)
                case .fails(let checks): try !all(checks, value)
                }
            guard fits else { return false }
        }
        return true
    }
}

extension Filter.Comparison {
    /// One value against the operand, within the operand's type bracket; a missing value is null.
    func holds(_ candidate: RawValue?, _ operand: RawValue) -> Bool {
        let order: Int
        switch operand.type {
        case .minKey, .maxKey:
            // Either end of the order is compared with values of all types.
            order = Order.compare(candidate, operand)
        default:
            guard let candidate else { return operand.isNull && self != .greater && self != .less }
            guard TypeBracket.rank(candidate.tag) == TypeBracket.rank(operand.tag) else { return false }
            order = Order.compare(candidate, operand)
            // NaN is neither less nor greater than a number.
            if order != 0, Operand.isNaN(candidate) || Operand.isNaN(operand) { return false }
        }
        return switch self {
        case .equal: order == 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        }
    }
}
