/// What can be written as a BSON value. The engine's generic code is specialised for each conforming type.
public protocol FieldValue {
    var bsonType: BSONType { get }
    /// The length of the value, without type and name.
    var bsonByteCount: Int { get }
    /// Writes `bsonByteCount` bytes.
    func writeBSON(to start: UnsafeMutableRawPointer)
    /// Where the value's bytes lie, if they are a view of memory that an edit of a document could move.
    var bsonSource: UnsafeRawPointer? { get }
}

extension FieldValue {
    @inlinable public var bsonSource: UnsafeRawPointer? { nil }
}

extension Int32: FieldValue {
    @inlinable public var bsonType: BSONType { .int32 }
    @inlinable public var bsonByteCount: Int { 4 }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) { start.storeBytes(of: self, as: Int32.self) }
}

extension Int64: FieldValue {
    @inlinable public var bsonType: BSONType { .int64 }
    @inlinable public var bsonByteCount: Int { 8 }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) { start.storeBytes(of: self, as: Int64.self) }
}

extension Double: FieldValue {
    @inlinable public var bsonType: BSONType { .double }
    @inlinable public var bsonByteCount: Int { 8 }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) { start.storeBytes(of: self, as: Double.self) }
}

extension Bool: FieldValue {
    @inlinable public var bsonType: BSONType { .bool }
    @inlinable public var bsonByteCount: Int { 1 }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        start.storeBytes(of: self ? 1 : 0, as: UInt8.self)
    }
}

extension ObjectID: FieldValue {
    @inlinable public var bsonType: BSONType { .objectID }
    @inlinable public var bsonByteCount: Int { 12 }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) { write(to: start) }
}

extension DateTime: FieldValue {
    @inlinable public var bsonType: BSONType { .dateTime }
    @inlinable public var bsonByteCount: Int { 8 }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        start.storeBytes(of: milliseconds, as: Int64.self)
    }
}

extension Decimal128: FieldValue {
    @inlinable public var bsonType: BSONType { .decimal128 }
    @inlinable public var bsonByteCount: Int { 16 }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        start.storeBytes(of: low, as: UInt64.self)
        start.storeBytes(of: high, toByteOffset: 8, as: UInt64.self)
    }
}

extension String: FieldValue {
    @inlinable public var bsonType: BSONType { .string }
    @inlinable public var bsonByteCount: Int { 5 &+ utf8.count }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        var text = self
        text.withUTF8 { UnsafeRawBufferPointer($0).writeBSON(to: start) }
    }
}

/// Valid UTF-8, written as a string.
extension UnsafeRawBufferPointer: FieldValue {
    @inlinable public var bsonType: BSONType { .string }
    @inlinable public var bsonByteCount: Int { 5 &+ count }
    @inlinable public var bsonSource: UnsafeRawPointer? { baseAddress }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        start.storeBytes(of: UInt32(truncatingIfNeeded: count &+ 1), as: UInt32.self)
        if let baseAddress { (start + 4).copyMemory(from: baseAddress, byteCount: count) }
        start.storeBytes(of: 0, toByteOffset: 4 &+ count, as: UInt8.self)
    }
}

extension RawValue: FieldValue {
    @inlinable public var bsonType: BSONType { type }
    @inlinable public var bsonByteCount: Int { byteCount }
    @inlinable public var bsonSource: UnsafeRawPointer? { base }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        start.copyMemory(from: base, byteCount: byteCount)
    }
}

extension RawDocument: FieldValue {
    @inlinable public var bsonType: BSONType { .document }
    @inlinable public var bsonByteCount: Int { byteCount }
    @inlinable public var bsonSource: UnsafeRawPointer? { base }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        start.copyMemory(from: base, byteCount: byteCount)
    }
}

extension Document: FieldValue {
    @inlinable public var bsonType: BSONType { .document }
    @inlinable public var bsonByteCount: Int { bytes.count }
    @inlinable public func writeBSON(to start: UnsafeMutableRawPointer) {
        bytes.withUnsafeBytes { start.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count) }
    }
}
