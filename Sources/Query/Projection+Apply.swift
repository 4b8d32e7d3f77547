public import BSON

extension Projection {
    /// A copy of the document with what the projection keeps and computes.
    ///
    /// - Throws: which limit of a regular expression stopped it.
    public func apply(_ document: RawDocument) throws(QueryError) -> Document { try apply(document, nil) }

    func apply(_ document: RawDocument, _ budget: QueryBudget?) throws(QueryError) -> Document {
        var writer = DocumentWriter(reserving: min(document.byteCount, 1 << 16) + 16)
        try write(document, root, Whole(document: document, budget: budget), &writer)
        return writer.finishDocument()
    }

    /// What expressions read, and whose time they take.
    private struct Whole {
        let document: RawDocument
        let budget: QueryBudget?
    }

    private func write(_ document: RawDocument, _ level: Level, _ whole: Whole, _ writer: inout DocumentWriter)
        throws(QueryError)
    {
        var elements = document.elements
        while let element = elements.next() {
            switch level.rule(element.name) {
            case nil: if !isInclusion { writer.append(element.name, element.value) }
            case .include: writer.append(element.name, element.value)
            case .exclude, .computed, .firstElement: continue
            case .below(let inner): try write(element.name, element.value, inner, whole, &writer)
            case .slice(let slicing): Self.write(element.name, element.value, slicing, &writer)
            }
        }
        for (name, rule) in level.rules { try compute(name, rule, beside: document, whole, &writer) }
    }

    private func write(
        _ name: UnsafeRawBufferPointer, _ value: RawValue, _ level: Level, _ whole: Whole,
        _ writer: inout DocumentWriter
    ) throws(QueryError) {
        switch value.type {
        case .document:
            writer.beginDocument(name)
            try write(RawDocument(value.base), level, whole, &writer)
            writer.end()
        case .array:
            writer.beginArray(name)
            try writeElements(RawDocument(value.base), level, whole, &writer)
            writer.end()
        default: if !isInclusion { writer.append(name, value) }
        }
    }

    /// Each document of an array is projected; an inclusion drops what is none.
    private func writeElements(
        _ array: RawDocument, _ level: Level, _ whole: Whole, _ writer: inout DocumentWriter
    ) throws(QueryError) {
        var elements = array.elements
        while let element = elements.next() {
            switch element.value.type {
            case .document:
                writer.beginDocumentElement()
                try write(RawDocument(element.value.base), level, whole, &writer)
                writer.end()
            case .array:
                writer.beginArrayElement()
                try writeElements(RawDocument(element.value.base), level, whole, &writer)
                writer.end()
            default: if !isInclusion { writer.appendElement(element.value) }
            }
        }
    }

    private static func write(
        _ name: UnsafeRawBufferPointer, _ value: RawValue, _ slicing: ArraySlicing, _ writer: inout DocumentWriter
    ) {
        guard let array = value.array else { return writer.append(name, value) }
        let range = slicing.range(array.count)
        writer.beginArray(name)
        var place = 0
        var elements = array.elements
        while place < range.upperBound, let element = elements.next() {
            if place >= range.lowerBound { writer.appendElement(element.value) }
            place += 1
        }
        writer.end()
    }

    /// What is computed comes after what is kept, in the order in which the projection names it.
    private func compute(
        _ name: [UInt8], _ rule: Rule, beside document: RawDocument?, _ whole: Whole,
        _ writer: inout DocumentWriter
    ) throws(QueryError) {
        switch rule {
        case .include, .exclude, .slice: return
        case .computed(let expression):
            try expression.evaluate(whole.document, Scope(whole.budget)).withRaw { value in
                guard let value else { return }
                name.withUnsafeBytes { writer.append($0, value) }
            }
        case .firstElement(let test):
            guard let array = name.withUnsafeBytes({ document?.value(named: $0) })?.array,
                let element = try test.firstElement(of: array)
            else { return }
            name.withUnsafeBytes { writer.beginArray($0) }
            writer.appendElement(element)
            writer.end()
        case .below(let level):
            guard level.computes, name.withUnsafeBytes({ document?.value(named: $0) }) == nil else { return }
            name.withUnsafeBytes { writer.beginDocument($0) }
            for entry in level.rules { try compute(entry.name, entry.rule, beside: nil, whole, &writer) }
            writer.end()
        }
    }
}

extension Filter.Test {
    /// The first element for which the test of an array holds.
    fileprivate func firstElement(of array: RawDocument) throws(QueryError) -> RawValue? {
        var elements = array.elements
        while let element = elements.next() {
            switch self {
            case .anyElement(let node):
                if let inner = element.value.document, try node.matches(inner) { return element.value }
            case .anyElementPasses(let checks):
                if try Filter.Check.all(checks, element.value) { return element.value }
            default: return nil
            }
        }
        return nil
    }
}

extension Projection.Level {
    var computes: Bool {
        rules.contains { entry in
            switch entry.rule {
            case .computed: true
            case .below(let level): level.computes
            case .include, .exclude, .slice, .firstElement: false
            }
        }
    }
}
