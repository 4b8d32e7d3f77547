public import BSON

/// Which fields of a document are kept, left out or computed.
public struct Projection: Sendable {
    indirect enum Rule: Sendable {
        case include
        case exclude
        case computed(Expression)
        case below(Level)
    }

    struct Level: Sendable {
        var rules: [(name: [UInt8], rule: Rule)] = []

        func rule(_ name: UnsafeRawBufferPointer) -> Rule? {
            for entry in rules where entry.name.count == name.count && entry.name.elementsEqual(name) {
                return entry.rule
            }
            return nil
        }
    }

    let root: Level
    let isInclusion: Bool

    init(root: Level, isInclusion: Bool) {
        self.root = root
        self.isInclusion = isInclusion
    }

    /// Keeps everything.
    public static let everything = Projection(root: Level(), isInclusion: false)

    public var isEverything: Bool { !isInclusion && root.rules.isEmpty }

    /// A copy of the document with what the projection keeps and computes.
    public func apply(_ document: RawDocument) -> Document {
        var writer = DocumentWriter(reserving: min(document.byteCount, 1 << 16) + 16)
        write(document, root, document, &writer)
        return writer.finishDocument()
    }

    private func write(_ document: RawDocument, _ level: Level, _ whole: RawDocument, _ writer: inout DocumentWriter) {
        var seen: [Bool] = isInclusion ? [Bool](repeating: false, count: level.rules.count) : []
        var elements = document.elements
        while let element = elements.next() {
            let at = level.rules.firstIndex {
                $0.name.count == element.name.count && $0.name.elementsEqual(element.name)
            }
            guard let at else {
                if !isInclusion { writer.append(element.name, element.value) }
                continue
            }
            switch level.rules[at].rule {
            case .include: writer.append(element.name, element.value)
            case .exclude, .computed: continue
            case .below(let inner):
                if isInclusion { seen[at] = true }
                write(element.name, element.value, inner, whole, &writer)
            }
        }
        guard isInclusion else { return }
        for (at, entry) in level.rules.enumerated() where !seen[at] { compute(entry.name, entry.rule, whole, &writer) }
    }

    private func write(
        _ name: UnsafeRawBufferPointer, _ value: RawValue, _ level: Level, _ whole: RawDocument,
        _ writer: inout DocumentWriter
    ) {
        switch value.type {
        case .document:
            writer.beginDocument(name)
            write(RawDocument(value.base), level, whole, &writer)
            writer.end()
        case .array:
            writer.beginArray(name)
            writeElements(RawDocument(value.base), level, whole, &writer)
            writer.end()
        default: if !isInclusion { writer.append(name, value) }
        }
    }

    /// Each document of an array is projected; an inclusion drops what is none.
    private func writeElements(
        _ array: RawDocument, _ level: Level, _ whole: RawDocument, _ writer: inout DocumentWriter
    ) {
        var elements = array.elements
        while let element = elements.next() {
            switch element.value.type {
            case .document:
                writer.beginDocumentElement()
                write(RawDocument(element.value.base), level, whole, &writer)
                writer.end()
            case .array:
                writer.beginArrayElement()
                writeElements(RawDocument(element.value.base), level, whole, &writer)
                writer.end()
            default: if !isInclusion { writer.appendElement(element.value) }
            }
        }
    }

    /// Fields the document did not have, in the order in which the projection names them.
    private func compute(_ name: [UInt8], _ rule: Rule, _ whole: RawDocument, _ writer: inout DocumentWriter) {
        let text = String(decoding: name, as: UTF8.self)
        switch rule {
        case .include, .exclude: return
        case .computed(let expression):
            expression.evaluate(whole).withRaw { value in
                if let value { writer.append(text, value) }
            }
        case .below(let level):
            guard level.computes else { return }
            writer.beginDocument(text)
            for entry in level.rules { compute(entry.name, entry.rule, whole, &writer) }
            writer.end()
        }
    }
}

extension Projection.Level {
    var computes: Bool {
        rules.contains { entry in
            switch entry.rule {
            case .computed: true
            case .below(let level): level.computes
            case .include, .exclude: false
            }
        }
    }
}
