/// JSON and MongoDB's Extended JSON v2, to and from BSON bytes.
///
/// Reading is strict (RFC 8259): one pass over the text straight into BSON, with an explicit stack in place of
/// recursion. What a parser is tempted to let pass (duplicate names, lone surrogates, invalid UTF-8, `1e999`) is an
/// error that says where.
///
/// Numbers without fraction and exponent become int32 or int64, whichever is the smaller that holds them; beyond int64
/// they become doubles, as Extended JSON's specification demands. All others are doubles, correctly rounded.
public enum JSON {
    /// How BSON's types are written where JSON has none for them.
    public enum Style: Sendable, Hashable {
        /// Relaxed Extended JSON v2: readable; int64 and double keep no more of their type than the digits show.
        case relaxed
        /// Canonical Extended JSON v2: every value names its type, reading it back gives the same BSON.
        case canonical
        /// For readers who know nothing of BSON: ObjectIDs as hex, dates as RFC 3339 with milliseconds, binary as
        /// base64 (UUIDs as such), decimals as numbers; doubles that JSON cannot write are the strings `"NaN"`,
        /// `"Infinity"` and `"-Infinity"`. Not meant to be read back into the same types.
        case plain
    }

    /// Reads a text whose outermost value is an object.
    ///
    /// `extended`: whether type wrappers such as `{"$oid": "…"}` become the types they name. The outermost
    ///   object is never taken for a wrapper.
    ///
    /// For many texts in a row, keep a ``Parser``: it reuses its memory.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, extended: Bool, limits: Limits = .standard
    ) throws(JSONError) -> Document {
        var parser = Parser(limits: limits)
        return try parser.parse(bytes, extended: extended)
    }

    /// Reads a text whose outermost value is an object.
    public static func parse(
        _ bytes: [UInt8], extended: Bool, limits: Limits = .standard
    ) throws(JSONError) -> Document {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) -> Document in
            try parse(UnsafeRawBufferPointer(buffer), extended: extended, limits: limits)
        }
    }

    /// Reads a text whose outermost value is an object.
    public static func parse(
        _ text: String, extended: Bool, limits: Limits = .standard
    ) throws(JSONError) -> Document {
        try parse(Array(text.utf8), extended: extended, limits: limits)
    }

    /// Reads any value; an outermost object may be a type wrapper.
    public static func parseValue(
        _ bytes: UnsafeRawBufferPointer, extended: Bool, limits: Limits = .standard
    ) throws(JSONError) -> Value {
        var parser = Parser(limits: limits)
        return try parser.parseValue(bytes, extended: extended)
    }

    /// Reads any value; an outermost object may be a type wrapper.
    public static func parseValue(
        _ bytes: [UInt8], extended: Bool, limits: Limits = .standard
    ) throws(JSONError) -> Value {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) -> Value in
            try parseValue(UnsafeRawBufferPointer(buffer), extended: extended, limits: limits)
        }
    }

    /// Reads any value; an outermost object may be a type wrapper.
    public static func parseValue(
        _ text: String, extended: Bool, limits: Limits = .standard
    ) throws(JSONError) -> Value {
        try parseValue(Array(text.utf8), extended: extended, limits: limits)
    }
}
