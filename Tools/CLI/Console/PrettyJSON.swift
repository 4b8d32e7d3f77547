import BSON

/// A document as people read it: one member on each line, names in colour where a terminal shows them.
enum PrettyJSON {
    static func text(_ document: RawDocument) -> String {
        var compact: [UInt8] = []
        JSON.write(document, style: .relaxed, into: &compact)
        return laidOut(compact)
    }

    /// Lays out JSON that is known to be well formed. Objects and arrays without inner ones that fit a line stay on one.
    static func laidOut(_ compact: [UInt8]) -> String {
        var result = ""
        var depth = 0
        var at = 0
        while at < compact.count {
            let byte = compact[at]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if let end = shortEnd(compact, at), depth > 0 {
                    result += inline(compact[at..<end])
                    at = end
                    continue
                }
                depth += 1
                result += scalar(byte) + "\n" + indent(depth)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                result += "\n" + indent(depth) + scalar(byte)
            case UInt8(ascii: ","): result += ",\n" + indent(depth)
            case UInt8(ascii: ":"): result += ": "
            case UInt8(ascii: "\""):
                let end = stringEnd(compact, at)
                let string = String(decoding: compact[at..<end], as: UTF8.self)
                result += end < compact.count && compact[end] == UInt8(ascii: ":") ? Console.cyan(string) : string
                at = end
                continue
            default: result += scalar(byte)
            }
            at += 1
        }
        return result
    }

    /// The end of an object or array that has no other inside and at most 100 bytes.
    private static func shortEnd(_ text: [UInt8], _ start: Int) -> Int? {
        var at = start + 1
        while at < text.count, at - start < 100 {
            switch text[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): return nil
            case UInt8(ascii: "}"), UInt8(ascii: "]"): return at + 1
            case UInt8(ascii: "\""): at = stringEnd(text, at)
            default: at += 1
            }
        }
        return nil
    }

    private static func inline(_ text: ArraySlice<UInt8>) -> String {
        var result = ""
        var at = text.startIndex
        let whole = Array(text)
        while at < text.endIndex {
            switch text[at] {
            case UInt8(ascii: ","): result += ", "
            case UInt8(ascii: ":"): result += ": "
            case UInt8(ascii: "\""):
                let end = stringEnd(whole, at - text.startIndex) + text.startIndex
                result += String(decoding: text[at..<end], as: UTF8.self)
                at = end
                continue
            default: result += scalar(text[at])
            }
            at += 1
        }
        return result
    }

    private static func stringEnd(_ text: [UInt8], _ start: Int) -> Int {
        var at = start + 1
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(at + 1, text.count)
    }

    private static func scalar(_ byte: UInt8) -> String { String(UnicodeScalar(byte)) }
    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }
}
