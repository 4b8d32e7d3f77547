import Glibc

extension JSON {
    /// A JSON reader that keeps its buffers from one text to the next. One per thread.
    ///
    /// Cost: one pass over the text and one over the result; no allocation per name or value.
    public struct Parser: ~Copyable {
        public let limits: Limits

        /// The BSON made so far. Always longer by ``slack`` than what the rest of the text can still add to it.
        var output: UnsafeMutablePointer<UInt8>
        var outputCapacity: Int

        var frames: UnsafeMutablePointer<Frame>
        var frameCapacity: Int

        /// Names of all open objects, innermost last.
        var keys: UnsafeMutablePointer<Key>
        var keyCapacity: Int
        var keyCount = 0

        /// Names of objects with more than ``narrowFields`` members. Empty until there is one.
        var wideKeys: [WideKey] = []
        var wideKeyCount = 0

        /// More than one member can add beyond its own characters: type, index name, length, number, and the eight
        /// bytes by which copying overshoots.
        static var slack: Int { 64 }
        /// Up to here a new name is compared with each one before it.
        static var narrowFields: Int { 24 }

        public init(limits: Limits = .standard) {
            self.limits = limits
            outputCapacity = 2048
            output = .allocate(capacity: outputCapacity)
            frameCapacity = 16
            frames = .allocate(capacity: frameCapacity)
            keyCapacity = 64
            keys = .allocate(capacity: keyCapacity)
        }

        deinit {
            output.deallocate()
            frames.deallocate()
            keys.deallocate()
        }

        /// Reads a text whose outermost value is an object.
        public mutating func parse(
            _ bytes: UnsafeRawBufferPointer, extended: Bool
        ) throws(JSONError) -> Document {
            let byteCount = try read(bytes, extended: extended, isDocument: true)
            return Document(bytes: Array(UnsafeBufferPointer(start: output, count: byteCount)))
        }

        /// Reads a text whose outermost value is an object. The result lies in the parser's memory: it is valid until
        /// the parser is used again or destroyed.
        public mutating func parseRaw(
            _ bytes: UnsafeRawBufferPointer, extended: Bool
        ) throws(JSONError) -> RawDocument {
            _ = try read(bytes, extended: extended, isDocument: true)
            return RawDocument(UnsafeRawPointer(output))
        }

        /// Reads any value; an outermost object may be a type wrapper.
        public mutating func parseValue(
            _ bytes: UnsafeRawBufferPointer, extended: Bool
        ) throws(JSONError) -> Value {
            _ = try read(bytes, extended: extended, isDocument: false)
            var elements = RawDocument(UnsafeRawPointer(output)).elements
            guard let element = elements.next() else {
                throw JSONError(kind: .unexpectedEnd, byteOffset: bytes.count)
            }
            return element.value.owned()
        }

        /// Fills ``output`` and returns the size of the document in it. Where the text is not a document, that is a
        /// document with one member named "", the value.
        private mutating func read(
            _ bytes: UnsafeRawBufferPointer, extended: Bool, isDocument: Bool
        ) throws(JSONError) -> Int {
            guard bytes.count <= limits.maxBytes else {
                throw JSONError(kind: .tooLarge, byteOffset: limits.maxBytes)
            }
            guard let base = bytes.baseAddress, !bytes.isEmpty else {
                throw JSONError(kind: .unexpectedEnd, byteOffset: 0)
            }
            let wanted = bytes.count + bytes.count / 4 + 4 * Parser.slack
            if outputCapacity < wanted {
                output.deallocate()
                outputCapacity = wanted
                output = .allocate(capacity: wanted)
            }
            keyCount = 0
            if wideKeyCount > 0 {
                wideKeys.removeAll(keepingCapacity: true)
                wideKeyCount = 0
            }
            let text = base.assumingMemoryBound(to: UInt8.self)
            return try run(text, text + bytes.count, extended: extended, isDocument: isDocument)
        }

        /// Makes room for the rest of the text, whose first `used` bytes of output stay.
        mutating func growOutput(used: Int, rest: Int) {
            outputCapacity = max(outputCapacity * 2, used + rest + 4 * Parser.slack)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: outputCapacity)
            larger.update(from: output, count: used)
            output.deallocate()
            output = larger
        }

        mutating func growFrames() {
            let larger = UnsafeMutablePointer<Frame>.allocate(capacity: frameCapacity * 2)
            larger.update(from: frames, count: frameCapacity)
            frames.deallocate()
            frames = larger
            frameCapacity *= 2
        }
    }
}
