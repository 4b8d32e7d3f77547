import BSON
import Foundation
import Schema

/// Random queries of a collection, made of its documents.
struct QueryGenerator {
    var random: SplitMix64
    let model: CollectionModel
    let stored: StoredValues
    /// What the last query was about; its order and fields are too, now and then.
    private var index: Index?

    init(seed: UInt64, _ model: CollectionModel, _ stored: StoredValues) {
        random = SplitMix64(seed: seed)
        self.model = model
        self.stored = stored
    }

    mutating func anyIndex() -> Index {
        if let index, !random.chance(3) { return index }
        return random.pick(model.indexes)
    }

    // MARK: Filters

    mutating func filter() -> Document {
        let sample = random.pick(stored.documents)
        index = nil
        switch random.below(12) {
        case 0: return [:]
        case 1:
            return [
                "$or": .array((0...random.below(3)).map { _ in .document(conjunction(random.pick(stored.documents))) })
            ]
        case 2:
            let rest = [
                conjunction(sample),
                ["$or": [.document(conjunction(sample)), .document(conjunction(random.pick(stored.documents)))]],
            ]
            return ["$and": .array(rest.map { .document($0) })]
        case 3: return ["$nor": [.document(conjunction(sample))]]
        case 4: return ["$jsonSchema": .document(schema(sample))]
        case 5:
            let place = random.pick(stored.places(sample).filter { !stored.hasArray($0.path) })
            return ["$expr": .string("$" + place.path), "$comment": "whether there is something"]
        case 6, 7, 8: return byIndex(sample) ?? conjunction(sample)
        default: return conjunction(sample)
        }
    }

    /// Conditions that a document fulfils, most of them.
    private mutating func conjunction(_ sample: Document) -> Document {
        var filter: [(String, Value)] = []
        let places = stored.places(sample)
        for _ in 0...random.below(3) {
            let place = random.pick(places)
            if filter.contains(where: { $0.0 == place.path }) { continue }
            filter.append((place.path, condition(place.path, place.value)))
        }
        return Document(filter)
    }

    /// Values or ranges of an index's first parts.
    private mutating func byIndex(_ sample: Document) -> Document? {
        guard !model.indexes.isEmpty else { return nil }
        let index = random.pick(model.indexes)
        self.index = index
        let places = stored.places(sample)
        var filter: [(String, Value)] = []
        for part in index.parts.prefix(1 + random.below(index.parts.count)) {
            guard let place = places.first(where: { $0.path == part.name }) else { break }
            switch random.below(4) {
            case 0: filter.append((part.name, condition(part.name, place.value)))
            case 1: filter.append((part.name, ["$in": .array([place.value] + others(part.name, 3))]))
            default:
                filter.append((part.name, place.value.isComposite ? condition(part.name, place.value) : place.value))
            }
        }
        return filter.isEmpty ? nil : Document(filter)
    }

    private mutating func others(_ path: String, _ most: Int) -> [Value] {
        let values = stored.values[path] ?? [.null]
        return (0..<random.below(most + 1)).map { _ in random.pick(values) }
    }

    private mutating func condition(_ path: String, _ value: Value) -> Value {
        if case .array(let elements) = value { return arrayCondition(value, elements) }
        switch random.below(16) {
        case 0: return ["$ne": others(path, 1).first ?? .null]
        case 1: return ["$gte": value]
        case 2: return ["$lte": value]
        case 3: return [random.chance(2) ? "$gt" : "$lt": others(path, 1).first ?? value]
        case 4: return ["$gte": value, "$lte": others(path, 1).first ?? value]
        case 5: return ["$in": .array([value] + others(path, 3))]
        case 6: return ["$nin": .array(others(path, 2))]
        case 7: return ["$exists": .bool(!random.chance(4))]
        case 8: return ["$type": type(value)]
        case 9: return ["$not": ["$gt": value]]
        case 10: if random.chance(3) { return nil }
        case 11, 12:
            if case .string(let text) = value, let pattern = pattern(text) { return pattern }
            if case .int32(let number) = value {
                let divisor = Int32(2 + random.below(3))
                return ["$mod": [.int32(divisor), .int32(number % divisor)]]
            }
        default: break
        }
        return random.chance(2) ? value : ["$eq": value]
    }

    private mutating func arrayCondition(_ whole: Value, _ elements: [Value]) -> Value {
        guard !elements.isEmpty else { return random.chance(2) ? ["$size": 0] : ["$exists": true] }
        let element = random.pick(elements)
        switch random.below(6) {
        case 0: return ["$size": .int32(Int32(elements.count))]
        case 1: return ["$all": .array([element, random.pick(elements)])]
        case 2: return element.isComposite ? ["$type": "array"] : element
        case 3: return whole
        case 4: return ["$not": ["$size": .int32(Int32(elements.count + random.below(2)))]]
        default:
            if case .document(let inner) = element, !inner.isEmpty {
                let pair = random.pick(inner.pairs)
                return ["$elemMatch": .document(Document([(pair.name, pair.value)]))]
            }
            return element.isComposite ? ["$exists": true] : ["$elemMatch": ["$gte": element]]
        }
    }

    private mutating func pattern(_ text: String) -> Value? {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
        let start = random.below(bytes.count)
        let count = 1 + random.below(min(6, bytes.count - start))
        func escaped(_ bytes: some Sequence<UInt8>) -> String {
            NSRegularExpression.escapedPattern(for: String(decoding: Array(bytes), as: UTF8.self))
        }
        switch random.below(5) {
        case 0: return ["$regex": .string(escaped(bytes[start..<(start + count)]).uppercased()), "$options": "i"]
        case 1: return ["$regex": .string(escaped(bytes.suffix(count)) + "$")]
        case 2: return .regex("^" + escaped(bytes.prefix(count)) + ".*", "s")
        case 3: return ["$in": [.regex("^" + escaped(bytes.prefix(count)), ""), .string(text + "x")]]
        default: return ["$regex": .string("^" + escaped(bytes.prefix(count)))]
        }
    }

    private func type(_ value: Value) -> Value {
        switch value {
        case .double, .int32, .int64, .decimal128: "number"
        case .string: "string"
        case .document: "object"
        case .objectID: "objectId"
        case .bool: ["bool", "null"]
        case .dateTime: "date"
        default: "null"
        }
    }

    private mutating func schema(_ sample: Document) -> Document {
        var properties: [(String, Value)] = []
        for _ in 0...random.below(3) {
            let (name, value) = random.pick(sample.pairs)
            if properties.contains(where: { $0.0 == name }) { continue }
            properties.append((name, .document(rule(value))))
        }
        var schema: Document = ["properties": .document(Document(properties))]
        if random.chance(2) { schema.append("required", [.string(random.pick(sample.keys))]) }
        return schema
    }

    private mutating func rule(_ value: Value) -> Document {
        let type: Value = if case .array = value { "array" } else { self.type(value) }
        switch (value, random.below(3)) {
        case (_, 0): return ["bsonType": type]
        case (.string(let text), 1): return ["maxLength": .int32(Int32(text.unicodeScalars.count))]
        case (.int32, 1), (.int64, 1), (.double, 1): return ["bsonType": "number", "minimum": value]
        case (.array(let elements), _): return ["minItems": .int32(Int32(elements.count))]
        case (_, 1): return ["anyOf": [["enum": [value]], ["bsonType": "null"]]]
        default: return ["not": ["enum": [value]]]
        }
    }
}

extension Value {
    var isComposite: Bool {
        switch self {
        case .document, .array: true
        default: false
        }
    }
}
