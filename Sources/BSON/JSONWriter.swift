extension JSON {
    /// Appends a document as one line of JSON without white space.
    ///
    /// The document must be valid (see ``RawDocument``). Nesting costs no recursion.
    public static func write(_ document: RawDocument, style: Style, into text: inout [UInt8]) {
        var writer = Writer(style: style, text: text)
        text = []
        writer.write(RawValue(document))
        text = writer.text
    }

    /// Appends a value as JSON without white space.
    public static func write(_ value: RawValue, style: Style, into text: inout [UInt8]) {
        // The array moves into the writer and back, so that it is not copied.
        var writer = Writer(style: style, text: text)
        text = []
        writer.write(value)
        text = writer.text
    }

    /// Appends a document as one line of JSON without white space.
    public static func write(_ document: Document, style: Style, into text: inout [UInt8]) {
        document.withRaw { write($0, style: style, into: &text) }
    }

    /// Appends a value as JSON without white space.
    public static func write(_ value: Value, style: Style, into text: inout [UInt8]) {
        value.withRaw { write($0, style: style, into: &text) }
    }

    /// Appends a JSON string, quotes and escapes included. `utf8` must be valid UTF-8.
    public static func writeString(_ utf8: UnsafeRawBufferPointer, into text: inout [UInt8]) {
        var writer = Writer(style: .plain, text: text)
        text = []
        writer.appendString(utf8)
        text = writer.text
    }

    /// Appends a JSON string, quotes and escapes included.
    public static func writeString(_ string: String, into text: inout [UInt8]) {
        var string = string
        string.withUTF8 { writeString(UnsafeRawBufferPointer($0), into: &text) }
    }

    /// The document as JSON text.
    public static func string(_ document: RawDocument, style: Style) -> String {
        var text: [UInt8] = []
        write(document, style: style, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The document as JSON text.
    public static func string(_ document: Document, style: Style) -> String {
        document.withRaw { string($0, style: style) }
    }

    /// The value as JSON text.
    public static func string(_ value: RawValue, style: Style) -> String {
        var text: [UInt8] = []
        write(value, style: style, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The value as JSON text.
    public static func string(_ value: Value, style: Style) -> String {
        value.withRaw { string($0, style: style) }
    }

    /// Writes values behind the text it was given.
    struct Writer {
        let style: Style
        var text: [UInt8]

        /// A document or array that has been begun.
        struct Level {
            var elements: RawDocument.Elements
            let isArray: Bool
            /// It is the scope of JavaScript code, inside a wrapper that ends with it.
            let isScope: Bool
            var isFirst = true
        }

        mutating func write(_ value: RawValue) {
            guard let outermost = begin(value) else { return }
            var level = outermost
            var parents: [Level] = []
            while true {
                guard let element = level.elements.next() else {
                    text.append(level.isArray ? UInt8(ascii: "]") : UInt8(ascii: "}"))
                    if level.isScope { text.append(UInt8(ascii: "}")) }
                    guard let parent = parents.popLast() else { return }
                    level = parent
                    continue
                }
                if level.isFirst {
                    level.isFirst = false
                } else {
                    text.append(UInt8(ascii: ","))
                }
                if !level.isArray {
                    appendString(element.name)
                    text.append(UInt8(ascii: ":"))
                }
                if let inner = begin(element.value) {
                    parents.append(level)
                    level = inner
                }
            }
        }

        /// Writes a value whole, or the beginning of one that has elements.
        private mutating func begin(_ value: RawValue) -> Level? {
            switch value.type {
            case .document:
                text.append(UInt8(ascii: "{"))
                return Level(elements: RawDocument(value.base).elements, isArray: false, isScope: false)
            case .array:
                text.append(UInt8(ascii: "["))
                return Level(elements: RawDocument(value.base).elements, isArray: true, isScope: false)
            case .javascriptWithScope:
                let (code, scope) = value.scopedCode
                append(#"{"$code":"#)
                appendString(code)
                append(#","$scope":{"#)
                return Level(elements: scope.elements, isArray: false, isScope: true)
            default:
                appendScalar(value)
                return nil
            }
        }
    }
}
