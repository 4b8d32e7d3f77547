import Glibc

/// A view of one BSON document (or array) in memory that someone else owns.
///
/// The bytes were validated (`validated(_:limits:)`) or written by this module. A view is valid as long as its memory:
/// until the transaction ends for the LMDB map, until `reset()` for an arena. It is never checked.
@frozen public struct RawDocument {
    /// The first byte of the document's length.
    public let base: UnsafeRawPointer

    @inlinable public init(_ base: UnsafeRawPointer) {
        self.base = base
    }

    /// The whole length, with the length field and the terminator.
    @inlinable public var byteCount: Int { Int(base.loadUnaligned(as: UInt32.self)) }

    @inlinable public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// The final zero byte.
    @inlinable var terminator: UnsafeRawPointer { base + (byteCount &- 1) }

    @inlinable public var isEmpty: Bool { byteCount <= 5 }

    /// The number of elements; takes a walk over all of them.
    @inlinable public var count: Int {
        var elements = self.elements
        var count = 0
        while elements.next() != nil { count += 1 }
        return count
    }

    /// The value at `path`, through nested documents but not through arrays.
    @inlinable public subscript(path: FieldPath) -> RawValue? {
        path.withComponents { components in
            var cursor = components
            var found = value(matching: cursor.next())
            while cursor.remaining > 0 {
                guard let parent = found, parent.tag == BSONType.document.rawValue else { return nil }
                found = RawDocument(parent.base).value(matching: cursor.next())
            }
            return found
        }
    }

    /// The top-level value called `name`; dots mean nothing.
    @inlinable public func value(named name: StaticString) -> RawValue? {
        value(matching: NamePattern(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)))
    }

    /// The top-level value called `name`; dots mean nothing.
    @inlinable public func value(named name: UnsafeRawBufferPointer) -> RawValue? {
        value(matching: NamePattern(name))
    }

    /// The top-level value called `name`; dots mean nothing.
    public func value(named name: String) -> RawValue? {
        var name = name
        return name.withUTF8 { value(matching: NamePattern(UnsafeRawBufferPointer($0))) }
    }

    /// Finds a name eight bytes at a time, never reading past the document's end.
    @usableFromInline func value(matching pattern: NamePattern) -> RawValue? {
        let last = terminator
        var position = base + 4
        while position < last {
            let tag = position.load(as: UInt8.self)
            let name = position + 1
            let length: Int
            var isMatch: Bool
            if name + 7 <= last {
                let word = name.loadUnaligned(as: UInt64.self)
                let zeros = zeroBytes(in: word)
                if zeros != 0 {
                    let bits = zeros.trailingZeroBitCount & ~7
                    length = bits &>> 3
                    isMatch = word & ((1 &<< UInt64(bits)) &- 1) == pattern.word
                } else {
                    length = 8 + terminatedLength(name + 8, last: last)
                    isMatch = word == pattern.word && length == pattern.length
                    if isMatch { isMatch = memcmp(name + 8, pattern.start + 8, length - 8) == 0 }
                }
            } else {
                length = terminatedLength(name, last: last)
                isMatch = length == pattern.length && memcmp(name, pattern.start, length) == 0
            }
            let value = RawValue(tag: tag, base: name + (length &+ 1))
            if isMatch { return value }
            position = value.base + value.byteCount
        }
        return nil
    }
}

/// A word whose lowest set bit is the top bit of `word`'s first (lowest) zero byte; 0 where there is none.
@inlinable func zeroBytes(in word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}

/// The number of bytes before the first zero byte; `last` is the last byte that may be read.
@inlinable func terminatedLength(_ start: UnsafeRawPointer, last: UnsafeRawPointer) -> Int {
    var position = start
    while position + 7 <= last {
        let zeros = zeroBytes(in: position.loadUnaligned(as: UInt64.self))
        if zeros != 0 { return (position - start) &+ zeros.trailingZeroBitCount &>> 3 }
        position += 8
    }
    while position < last, position.load(as: UInt8.self) != 0 { position += 1 }
    return position - start
}
