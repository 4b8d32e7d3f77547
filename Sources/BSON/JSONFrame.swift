extension JSON.Parser {
    /// One object or array that has been opened and not yet closed.
    struct Frame {
        /// Where its BSON begins (the length) in the output.
        var start: Int
        /// Where the member being read begins (its type byte) in the output; -1 between members.
        var element: Int
        /// Where its bracket stands in the text.
        var textOffset: Int
        /// Index of its first name among the names of all open objects.
        var firstKey: Int
        /// Members or elements so far.
        var count: Int
        /// Distinguishes this object's names in the table for wide objects.
        var serial: UInt32
        var isArray: Bool
        /// The Extended JSON wrapper that one of its names announces.
        var wrapper: ExtendedJSONWrapper
        /// A value in it was written as a type wrapper.
        var holdsWrapped: Bool
        /// An object in it holds values that were written as type wrappers.
        var childHoldsWrapped: Bool

        init(start: Int, textOffset: Int, firstKey: Int, serial: UInt32, isArray: Bool) {
            self.start = start
            self.textOffset = textOffset
            self.firstKey = firstKey
            self.serial = serial
            self.isArray = isArray
            element = -1
            count = 0
            wrapper = .none
            holdsWrapped = false
            childHoldsWrapped = false
        }
    }

    /// A name in an open object: its hash, and where it stands in the output.
    struct Key {
        var hash: UInt64
        var offset: Int
    }

    /// A name of a wide object in the table that spares comparing each name with all before it. A serial of zero is an
    /// empty slot: the objects' serials begin at 1.
    struct WideKey {
        var hash: UInt64
        var offset: Int
        var serial: UInt32
    }
}
