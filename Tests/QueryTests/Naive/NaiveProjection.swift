import BSON

/// Projections by the book: each path kept, left out, sliced or picked from.
enum NaiveProjection {
    static func apply(_ projection: Document, _ document: Document) -> Document {
        var kept: [[String]] = []
        var left: [[String]] = []
        var sliced: [(path: [String], argument: Value)] = []
        var picked: [(name: String, condition: Value)] = []
        var computed: [(name: String, path: [String])] = []
        var keepsID: Bool?
        for (name, value) in projection.pairs {
            let path = name.split(separator: ".").map(String.init)
            switch value {
            case .int32(let flag) where name == "_id": keepsID = flag == 1
            case .int32(1): kept.append(path)
            case .int32: left.append(path)
            case .string(let field): computed.append((name, field.dropFirst().split(separator: ".").map(String.init)))
            case .document(let document):
                if let argument = document["$slice"] { sliced.append((path, argument)) }
                if let condition = document["$elemMatch"] { picked.append((name, condition)) }
            default: continue
            }
        }
        var result = document
        for (path, argument) in sliced { result = change(result, path[...]) { slice($0, argument) } }
        let keeps = !kept.isEmpty || !computed.isEmpty || (left.isEmpty && !picked.isEmpty)
        let isIDAlone = keepsID == true && left.isEmpty && sliced.isEmpty && picked.isEmpty
        if keeps || isIDAlone {
            if keepsID != false { kept.append(["_id"]) }
            result = keep(result, kept.map { $0[...] } + sliced.map { $0.path[...] })
        } else {
            if keepsID == false { left.append(["_id"]) }
            for path in left { result = change(result, path[...]) { _ in nil } }
            for (name, _) in picked { result = change(result, [name]) { _ in nil } }
        }
        // What is made comes last, in the order in which it is asked for.
        for name in projection.keys {
            if let path = computed.first(where: { $0.name == name })?.path {
                if let value = value(at: path, document) { result.append(name, value) }
            } else if let condition = picked.first(where: { $0.name == name })?.condition {
                let elements = NaiveMatcher.elements(document.pairs.first { $0.name == name }?.value) ?? []
                if let first = elements.first(where: { NaiveMatcher.isElement($0, condition) }) {
                    result.append(name, .array([first]))
                }
            }
        }
        return result
    }

    private static func value(at path: [String], _ document: Document) -> Value? {
        path.reduce(.document(document) as Value?) { value, part in
            guard case .document(let level)? = value else { return nil }
            return level.pairs.first { $0.name == part }?.value
        }
    }

    private static func keep(_ document: Document, _ paths: [ArraySlice<String>]) -> Document {
        Document(
            document.pairs.compactMap { name, value in
                let below = paths.filter { $0.first == name }.map { $0.dropFirst() }
                if below.isEmpty { return nil }
                if below.contains(where: \.isEmpty) { return (name, value) }
                return keep(value, below).map { (name, $0) }
            })
    }

    private static func keep(_ value: Value, _ paths: [ArraySlice<String>]) -> Value? {
        switch value {
        case .document(let document): .document(keep(document, paths))
        case .array(let elements): .array(elements.compactMap { keep($0, paths) })
        default: nil
        }
    }

    private static func change(_ document: Document, _ path: ArraySlice<String>, _ change: (Value) -> Value?)
        -> Document
    {
        Document(
            document.pairs.compactMap { name, value in
                guard name == path.first else { return (name, value) }
                return self.change(value, path.dropFirst(), change).map { (name, $0) }
            })
    }

    private static func change(_ value: Value, _ path: ArraySlice<String>, _ change: (Value) -> Value?) -> Value? {
        if path.isEmpty { return change(value) }
        switch value {
        case .document(let document): return .document(self.change(document, path, change))
        case .array(let elements): return .array(elements.compactMap { self.change($0, path, change) })
        default: return value
        }
    }

    private static func slice(_ value: Value, _ argument: Value) -> Value {
        guard case .array(let elements) = value else { return value }
        if case .array(let numbers) = argument {
            let (start, limit) = (Int(Naive.number(numbers[0])), Int(Naive.number(numbers[1])))
            return .array(Array((start < 0 ? elements.suffix(-start) : elements.dropFirst(start)).prefix(limit)))
        }
        let count = Int(Naive.number(argument))
        return .array(Array(count < 0 ? elements.suffix(-count) : elements.prefix(count)))
    }
}

extension Document {
    /// Its fields in the order of their names, all the way down: keys of an index give them in another.
    var sortedByName: Document {
        Document(pairs.sorted { $0.name < $1.name }.map { ($0.name, $0.value.sortedByName) })
    }
}

extension Value {
    fileprivate var sortedByName: Value {
        switch self {
        case .document(let document): .document(document.sortedByName)
        case .array(let elements): .array(elements.map(\.sortedByName))
        default: self
        }
    }
}
