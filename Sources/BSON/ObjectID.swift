/// A 12-byte identifier, ordered by its bytes.
@frozen public struct ObjectID: Hashable, Comparable, Sendable {
    // The bytes as they lie in memory, so that they can be lent without a copy.
    @usableFromInline let head: UInt64
    @usableFromInline let tail: UInt32

    @inlinable init(loadingFrom pointer: UnsafeRawPointer) {
        head = pointer.loadUnaligned(as: UInt64.self)
        tail = pointer.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    }

    /// Takes the first 12 of `bytes`.
    @inlinable public init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= 12, "an ObjectID has 12 bytes")
        self.init(loadingFrom: bytes.baseAddress.unsafelyUnwrapped)
    }

    /// An ObjectID laid out as MongoDB lays it out: 4 bytes of seconds, then 8 bytes (5 random, 3 counted).
    public init(seconds: UInt32, rest: UInt64) {
        let word = UInt64(seconds) << 32 | rest >> 32
        head = word.bigEndian
        tail = UInt32(truncatingIfNeeded: rest).bigEndian
    }

    public init?(hex: String) {
        var text = hex
        let parsed = text.withUTF8 { ObjectID(hexUTF8: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    public init?(hexUTF8: UnsafeBufferPointer<UInt8>) {
        self.init(hexUTF8: UnsafeRawBufferPointer(hexUTF8))
    }

    /// Reads exactly 24 hexadecimal digits of either case.
    public init?(hexUTF8 digits: UnsafeRawBufferPointer) {
        guard digits.count == 24 else { return nil }
        var high: UInt64 = 0
        var low: UInt32 = 0
        for index in 0..<16 {
            guard let nibble = ObjectID.nibble(digits[index]) else { return nil }
            high = high << 4 | UInt64(nibble)
        }
        for index in 16..<24 {
            guard let nibble = ObjectID.nibble(digits[index]) else { return nil }
            low = low << 4 | UInt32(nibble)
        }
        head = high.bigEndian
        tail = low.bigEndian
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit &- 0x30
        case 0x61...0x66: digit &- 0x61 &+ 10
        case 0x41...0x46: digit &- 0x41 &+ 10
        default: nil
        }
    }

    /// The seconds since 1970 in the first four bytes.
    public var seconds: UInt32 { UInt32(truncatingIfNeeded: head.bigEndian >> 32) }

    /// The moment in the first four bytes, in milliseconds since 1970. MongoDB's server reads them with a sign.
    public var milliseconds: Int64 { Int64(Int32(bitPattern: seconds)) * 1_000 }

    @inlinable public static func < (left: ObjectID, right: ObjectID) -> Bool {
        left.head == right.head
            ? left.tail.bigEndian < right.tail.bigEndian : left.head.bigEndian < right.head.bigEndian
    }

    @inlinable public func withUnsafeBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try Swift.withUnsafeBytes(of: self) { (whole: UnsafeRawBufferPointer) throws(E) -> R in
            try body(UnsafeRawBufferPointer(rebasing: whole[0..<12]))
        }
    }

    @inlinable func write(to pointer: UnsafeMutableRawPointer) {
        pointer.storeBytes(of: head, as: UInt64.self)
        pointer.storeBytes(of: tail, toByteOffset: 8, as: UInt32.self)
    }

    @inlinable public func append(to bytes: inout [UInt8]) {
        withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

extension ObjectID: CustomStringConvertible {
    /// 24 lower-case hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 24) { digits in
            withUnsafeBytes { bytes in
                for (index, byte) in bytes.enumerated() {
                    digits[index * 2] = ObjectID.digit(byte >> 4)
                    digits[index * 2 + 1] = ObjectID.digit(byte & 15)
                }
            }
            return 24
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10 }
}
