public import BSON

/// A Swift type that a field handle reads and writes.
public protocol StoredValue: FieldValue, Sendable {
    static func read(_ raw: RawValue) -> Self?
    /// The value's part of an index key, cut at `limit` bytes.
    func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8])
}

extension String: StoredValue {
    @inlinable public static func read(_ raw: RawValue) -> String? { raw.string }
    @inlinable public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        KeyEncoder.encode(self, descending: descending, limit: limit, into: &key)
    }
}

extension Int64: StoredValue {
    @inlinable public static func read(_ raw: RawValue) -> Int64? { raw.int64 }
    @inlinable public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        KeyEncoder.encode(self, descending: descending, into: &key)
    }
}

extension Double: StoredValue {
    @inlinable public static func read(_ raw: RawValue) -> Double? { raw.double }
    public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        Value.double(self).encodeKey(descending: descending, limit: limit, into: &key)
    }
}

extension Decimal128: StoredValue {
    @inlinable public static func read(_ raw: RawValue) -> Decimal128? { raw.decimal128 }
    public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        Value.decimal128(self).encodeKey(descending: descending, limit: limit, into: &key)
    }
}

extension Bool: StoredValue {
    @inlinable public static func read(_ raw: RawValue) -> Bool? { raw.bool }
    @inlinable public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        KeyEncoder.encode(self, descending: descending, into: &key)
    }
}

extension DateTime: StoredValue {
    @inlinable public static func read(_ raw: RawValue) -> DateTime? { raw.dateTime }
    @inlinable public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        KeyEncoder.encode(self, descending: descending, into: &key)
    }
}

extension ObjectID: StoredValue {
    @inlinable public static func read(_ raw: RawValue) -> ObjectID? { raw.objectID }
    @inlinable public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        KeyEncoder.encode(self, descending: descending, into: &key)
    }
}

/// Any BSON value: arrays, sub-documents, Mixed.
extension Value: StoredValue {
    public static func read(_ raw: RawValue) -> Value? { raw.owned() }
    public func encodeKey(descending: Bool, limit: Int, into key: inout [UInt8]) {
        var document = Document()
        document.append("v", self)
        document.withRaw { raw in
            _ = KeyEncoder.encode(raw.value(named: "v"), descending: descending, limit: limit, into: &key)
        }
    }
}
