/// A dotted path such as `feedback.rating`, split once so that looking it up is a comparison of bytes.
///
/// A zero byte cannot occur in a BSON name; in a path made from text it becomes U+001A (SUBSTITUTE).
public struct FieldPath: Hashable, Sendable {
    // For each component: its length (4 bytes), its bytes, and zero bytes up to at least 8 and at least one.
    // So the first eight bytes can be loaded as one word, which decides nearly every comparison.
    @usableFromInline let storage: [UInt8]
    /// How many components the path has; never 0.
    public let count: Int

    public init(_ dotted: String) {
        var text = dotted
        self = text.withUTF8 { FieldPath(dottedUTF8: UnsafeRawBufferPointer($0)) }
    }

    /// `dottedUTF8`: valid UTF-8, for instance a field name of a query.
    public init(dottedUTF8 text: UnsafeRawBufferPointer) {
        var storage: [UInt8] = []
        storage.reserveCapacity(text.count + 16)
        var count = 0
        var start = 0
        for index in 0...text.count where index == text.count || text[index] == 0x2E {
            FieldPath.append(UnsafeRawBufferPointer(rebasing: text[start..<index]), to: &storage)
            count += 1
            start = index + 1
        }
        self.storage = storage
        self.count = count
    }

    /// A path of components that may themselves contain dots.
    public init(components: [String]) {
        var storage: [UInt8] = []
        for component in components.isEmpty ? [""] : components {
            var text = component
            text.withUTF8 { FieldPath.append(UnsafeRawBufferPointer($0), to: &storage) }
        }
        self.storage = storage
        count = max(components.count, 1)
    }

    private static func append(_ name: UnsafeRawBufferPointer, to storage: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(name.count)) { storage.append(contentsOf: $0) }
        for byte in name { storage.append(byte == 0 ? 0x1A : byte) }
        for _ in 0..<max(1, 8 - name.count) { storage.append(0) }
    }

    /// The components as text.
    public var components: [String] {
        withComponents { components in
            var names: [String] = []
            var cursor = components
            for _ in 0..<count {
                names.append(String(decoding: cursor.next().bytes, as: UTF8.self))
            }
            return names
        }
    }

    /// Lends the components; what `body` is given is valid only while it runs.
    @inlinable func withComponents<R, E>(_ body: (FieldPathCursor) throws(E) -> R) throws(E) -> R {
        let count = self.count
        return try storage.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(E) -> R in
            try body(FieldPathCursor(next: UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped), remaining: count))
        }
    }
}

extension FieldPath: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral dotted: String) { self.init(dotted) }
    public var description: String { components.joined(separator: ".") }
}

/// Steps through the components of a path, in the path's own memory.
@frozen @usableFromInline struct FieldPathCursor {
    @usableFromInline var position: UnsafeRawPointer
    @usableFromInline var remaining: Int

    @inlinable init(next: UnsafeRawPointer, remaining: Int) {
        position = next
        self.remaining = remaining
    }

    @inlinable mutating func next() -> NamePattern {
        let length = Int(position.loadUnaligned(as: UInt32.self))
        let start = position + 4
        position = start + max(8, length + 1)
        remaining -= 1
        return NamePattern(start: start, length: length, word: start.loadUnaligned(as: UInt64.self))
    }
}

/// A name to look for.
@frozen @usableFromInline struct NamePattern {
    @usableFromInline let start: UnsafeRawPointer
    @usableFromInline let length: Int
    /// The first eight bytes, zero-padded.
    @usableFromInline let word: UInt64

    @inlinable init(start: UnsafeRawPointer, length: Int, word: UInt64) {
        self.start = start
        self.length = length
        self.word = word
    }

    @inlinable init(_ name: UnsafeRawBufferPointer) {
        var word: UInt64 = 0
        for index in 0..<min(8, name.count) { word |= UInt64(name[index]) << UInt64(index * 8) }
        // An empty buffer may have no address; with length 0 it is never read.
        start = name.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        length = name.count
        self.word = word
    }

    @inlinable var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: length) }
}
