extension Pattern {
    /// What every match begins with, for `^abc…`: the index need look no further. Empty where nothing is sure.
    var literalPrefix: [UInt8] {
        // Spaces mean nothing with x; letters of either case match with i; ^ is also after a line's end with m.
        guard options.allSatisfy({ $0 == "s" }), !source.contains("|") else { return [] }
        var rest = source[...]
        if rest.hasPrefix("^") {
            rest = rest.dropFirst()
        } else if rest.hasPrefix("\\A") {
            rest = rest.dropFirst(2)
        } else {
            return []
        }
        var literals: [Unicode.Scalar] = []
        var scalars = rest.unicodeScalars[...]
        while let scalar = scalars.first {
            scalars = scalars.dropFirst()
            switch scalar {
            case "*", "?", "{":
                // What stands before it may be left out.
                if !literals.isEmpty { literals.removeLast() }
                return Self.utf8(literals)
            case "\\":
                guard let escaped = scalars.first, escaped.isASCII, !escaped.properties.isAlphabetic,
                    !("0"..."9").contains(escaped)
                else { return Self.utf8(literals) }
                scalars = scalars.dropFirst()
                literals.append(escaped)
            case "^", "$", ".", "[", "(", ")", "+": return Self.utf8(literals)
            default: literals.append(scalar)
            }
        }
        return Self.utf8(literals)
    }

    private static func utf8(_ scalars: [Unicode.Scalar]) -> [UInt8] {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return Array(String(text).utf8)
    }
}
