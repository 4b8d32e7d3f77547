internal import BSON

/// `$project`, `$addFields`, `$set` and `$unset`: fields kept, left out, or computed in their place.
struct Reshape: Sendable {
    indirect enum Rule: Sendable {
        case keep
        case drop
        case computed(Expression)
        case below(Level)
    }

    struct Level: Sendable {
        var rules: [(name: [UInt8], rule: Rule)] = []

        func place(_ name: UnsafeRawBufferPointer) -> Int? {
            rules.firstIndex { $0.name.count == name.count && $0.name.elementsEqual(name) }
        }

        var computes: Bool {
            rules.contains { entry in
                switch entry.rule {
                case .computed: true
                case .below(let level): level.computes
                case .keep, .drop: false
                }
            }
        }
    }

    let root: Level
    /// Fields without a rule are left out, and what is computed comes last.
    let isInclusion: Bool

    func apply(_ document: RawDocument, _ scope: Scope) throws(QueryError) -> Document {
        var writer = DocumentWriter(reserving: min(document.byteCount, 1 << 16) + 64)
        try write(document, root, document, scope, &writer)
        return writer.finishDocument()
    }

    private func write(
        _ document: RawDocument, _ level: Level, _ whole: RawDocument, _ scope: Scope, _ writer: inout DocumentWriter
    ) throws(QueryError) {
        var seen = [Bool](repeating: false, count: level.rules.count)
        var elements = document.elements
        while let element = elements.next() {
            guard let place = level.place(element.name) else {
                if !isInclusion { writer.append(element.name, element.value) }
                continue
            }
            switch level.rules[place].rule {
            case .keep: writer.append(element.name, element.value)
            case .drop: continue
            case .computed(let expression):
                if isInclusion || seen[place] { continue }
                try append(element.name, try expression.evaluate(whole, scope), &writer)
            case .below(let inner): try write(element.name, element.value, inner, whole, scope, &writer)
            }
            seen[place] = true
        }
        for (place, entry) in level.rules.enumerated() where !seen[place] {
            try entry.name.withRawBytes { (name) throws(QueryError) in
                try compute(name, entry.rule, whole, scope, &writer)
            }
        }
    }

    private func append(_ name: UnsafeRawBufferPointer, _ value: Evaluated, _ writer: inout DocumentWriter)
        throws(QueryError)
    {
        if case .raw(let raw) = value {
            writer.append(name, raw)
        } else {
            writer.append(String(decoding: name, as: UTF8.self), value)
        }
    }

    private func write(
        _ name: UnsafeRawBufferPointer, _ value: RawValue, _ level: Level, _ whole: RawDocument, _ scope: Scope,
        _ writer: inout DocumentWriter
    ) throws(QueryError) {
        switch value.type {
        case .document: writer.beginDocument(name)
        case .array: writer.beginArray(name)
        default:
            if !level.computes {
                if !isInclusion { writer.append(name, value) }
                return
            }
            writer.beginDocument(name)
        }
        try fill(value, level, whole, scope, &writer)
        writer.end()
    }

    private func fill(
        _ value: RawValue, _ level: Level, _ whole: RawDocument, _ scope: Scope, _ writer: inout DocumentWriter
    ) throws(QueryError) {
        switch value.type {
        case .document: try write(RawDocument(value.base), level, whole, scope, &writer)
        case .array: try writeElements(RawDocument(value.base), level, whole, scope, &writer)
        default:
            for entry in level.rules {
                try entry.name.withRawBytes { (name) throws(QueryError) in
                    try compute(name, entry.rule, whole, scope, &writer)
                }
            }
        }
    }

    /// Each document of an array by itself. What is none is kept unless fields are chosen, or becomes one of what is computed.
    private func writeElements(
        _ array: RawDocument, _ level: Level, _ whole: RawDocument, _ scope: Scope, _ writer: inout DocumentWriter
    ) throws(QueryError) {
        let computes = level.computes
        var elements = array.elements
        while let element = elements.next() {
            switch element.value.type {
            case .document: writer.beginDocumentElement()
            case .array: writer.beginArrayElement()
            default:
                if !computes {
                    if !isInclusion { writer.appendElement(element.value) }
                    continue
                }
                writer.beginDocumentElement()
            }
            try fill(element.value, level, whole, scope, &writer)
            writer.end()
        }
    }

    /// A field that the document did not have.
    private func compute(
        _ name: UnsafeRawBufferPointer, _ rule: Rule, _ whole: RawDocument, _ scope: Scope,
        _ writer: inout DocumentWriter
    ) throws(QueryError) {
        switch rule {
        case .keep, .drop: return
        case .computed(let expression): try append(name, try expression.evaluate(whole, scope), &writer)
        case .below(let level):
            guard level.computes else { return }
            writer.beginDocument(name)
            for entry in level.rules {
                try entry.name.withRawBytes { (name) throws(QueryError) in
                    try compute(name, entry.rule, whole, scope, &writer)
                }
            }
            writer.end()
        }
    }
}

extension Reshape {
    /// Sets one field, dotted or not, to what an expression gives.
    init(setting names: [(name: String, expression: Expression)]) {
        var root = Level()
        for (name, expression) in names {
            let path = name.split(separator: ".")
            _ = root.add(path[...], .computed(expression))
        }
        self.init(root: root, isInclusion: false)
    }
}

extension Reshape.Level {
    /// False where a field and one below it are both named.
    mutating func add(_ path: ArraySlice<Substring>, _ rule: Reshape.Rule) -> Bool {
        guard let first = path.first else { return true }
        let name = Array(first.utf8)
        let known = rules.firstIndex { $0.name == name }
        guard path.count > 1 else {
            if let known {
                // Two documents of rules for one field are one.
                guard case .below(let new) = rule, case .below(var old) = rules[known].rule else { return false }
                for entry in new.rules {
                    guard old.add([Substring(decoding: entry.name, as: UTF8.self)][...], entry.rule) else {
                        return false
                    }
                }
                rules[known].rule = .below(old)
                return true
            }
            rules.append((name, rule))
            return true
        }
        var inner = Self()
        if let known {
            guard case .below(let level) = rules[known].rule else { return false }
            inner = level
        }
        guard inner.add(path.dropFirst(), rule) else { return false }
        if let known { rules[known].rule = .below(inner) } else { rules.append((name, .below(inner))) }
        return true
    }
}
