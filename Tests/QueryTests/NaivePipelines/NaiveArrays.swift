import BSON

enum NaiveArrays {
    static func unique(_ values: [Value]) -> [Value] {
        var kept: [Value] = []
        for value in values where !kept.contains(where: { Naive.order($0, value) == 0 }) { kept.append(value) }
        return kept
    }

    private static func sorted(_ values: [Value]) -> Value { .array(unique(values).sorted { Naive.order($0, $1) < 0 }) }

    static func compute(_ name: String, _ values: [Value?], _ hasNull: Bool) throws -> Value? {
        func list(_ place: Int) throws -> [Value] { try NaiveExpression.list(values[place]) }
        func whole(_ place: Int) throws -> Int { try NaiveExpression.whole(values[place]) }
        switch name {
        case "$size": return .int32(Int32(try list(0).count))
        case "$isArray": if case .array? = values[0] { return .bool(true) } else { return .bool(false) }
        case "$in":
            let wanted = values[0]
            return .bool(try list(1).contains { NaiveExpression.order($0, wanted) == 0 })
        case "$indexOfArray":
            if NaiveExpression.isNull(values[0]) { return .null }
            return .int32(Int32(try list(0).firstIndex { NaiveExpression.order($0, values[1]) == 0 } ?? -1))
        case "$setUnion": return hasNull ? .null : sorted(try list(0) + list(1))
        case "$setIntersection":
            if hasNull { return .null }
            let other = try list(1)
            return sorted(try list(0).filter { one in other.contains { Naive.order($0, one) == 0 } })
        case "$setDifference":
            if hasNull { return .null }
            let other = try list(1)
            return .array(unique(try list(0)).filter { one in !other.contains { Naive.order($0, one) == 0 } })
        case "$concatArrays": return hasNull ? .null : .array(try values.indices.flatMap { try list($0) })
        case "$reverseArray": return hasNull ? .null : .array(try list(0).reversed())
        case "$range":
            return .array(Array(stride(from: try whole(0), to: try whole(1), by: 1)).map { .int32(Int32($0)) })
        case "$arrayElemAt", "$first", "$last":
            if hasNull { return .null }
            let elements = try list(0)
            let place = name == "$first" ? 0 : name == "$last" ? -1 : try whole(1)
            let at = place < 0 ? elements.count + place : place
            return elements.indices.contains(at) ? .some(elements[at]) : .none
        case "$slice":
            if hasNull { return .null }
            let elements = try list(0)
            let count = try whole(1)
            return .array(Array(count < 0 ? elements.suffix(-count) : elements.prefix(count)))
        default: throw NaiveExpression.Failure()
        }
    }
}

enum NaiveObjects {
    static func merged(_ documents: [Document]) -> Document {
        var pairs: [(String, Value)] = []
        for (name, value) in documents.flatMap(\.pairs) {
            if let place = pairs.firstIndex(where: { $0.0 == name }) {
                pairs[place].1 = value
            } else {
                pairs.append((name, value))
            }
        }
        return Document(pairs)
    }

    static func compute(_ name: String, _ values: [Value?]) throws -> Value? {
        func document(_ value: Value?) throws -> Document {
            guard case .document(let document)? = value else { throw NaiveExpression.Failure() }
            return document
        }
        switch name {
        case "$mergeObjects":
            let parts =
                if values.count == 1, case .array(let elements)? = values[0] { elements.map(Optional.some) } else {
                    values
                }
            return .document(merged(try parts.filter { !NaiveExpression.isNull($0) }.map(document)))
        case "$objectToArray":
            if NaiveExpression.isNull(values[0]) { return .null }
            return .array(try document(values[0]).pairs.map { ["k": .string($0.name), "v": $0.value] })
        default:
            guard let input = values[1], input != .null else { return values[1] }
            guard case .document(let document) = input else { return nil }
            let name = try NaiveExpression.text(values[0])
            return document.pairs.first { $0.name == name }?.value
        }
    }
}
