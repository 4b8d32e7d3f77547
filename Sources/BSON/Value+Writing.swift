extension Value: FieldValue {
    public var bsonType: BSONType {
        switch self {
        case .double: .double
        case .string: .string
        case .document: .document
        case .array: .array
        case .binary: .binary
        case .undefined: .undefined
        case .objectID: .objectID
        case .bool: .bool
        case .dateTime: .dateTime
        case .null: .null
        case .regex: .regex
        case .dbPointer: .dbPointer
        case .javascript: .javascript
        case .symbol: .symbol
        case .javascriptWithScope: .javascriptWithScope
        case .int32: .int32
        case .timestamp: .timestamp
        case .int64: .int64
        case .decimal128: .decimal128
        case .minKey: .minKey
        case .maxKey: .maxKey
        }
    }

    public var bsonByteCount: Int {
        switch self {
        case .undefined, .null, .minKey, .maxKey: 0
        case .bool: 1
        case .int32: 4
        case .double, .dateTime, .timestamp, .int64: 8
        case .objectID: 12
        case .decimal128: 16
        case .string(let text), .javascript(let text), .symbol(let text): text.bsonByteCount
        case .document(let document): document.bytes.count
        case .array(let values): Value.arrayByteCount(values)
        case .binary(_, let bytes): 5 + bytes.count
        case .regex(let pattern, let options): pattern.utf8.count + options.utf8.count + 2
        case .dbPointer(let name, _): name.bsonByteCount + 12
        case .javascriptWithScope(let code, let scope): 4 + code.bsonByteCount + scope.bytes.count
        }
    }

    public func writeBSON(to start: UnsafeMutableRawPointer) {
        switch self {
        case .undefined, .null, .minKey, .maxKey: break
        case .bool(let flag): flag.writeBSON(to: start)
        case .int32(let number): number.writeBSON(to: start)
        case .int64(let number): number.writeBSON(to: start)
        case .double(let number): number.writeBSON(to: start)
        case .dateTime(let time): time.writeBSON(to: start)
        case .timestamp(let time): start.storeBytes(of: time, as: UInt64.self)
        case .objectID(let id): id.writeBSON(to: start)
        case .decimal128(let number): number.writeBSON(to: start)
        case .string(let text), .javascript(let text), .symbol(let text): text.writeBSON(to: start)
        case .document(let document): document.writeBSON(to: start)
        case .array(let values): Value.writeArray(values, to: start)
        case .binary(let subtype, let bytes):
            start.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count), as: UInt32.self)
            start.storeBytes(of: subtype, toByteOffset: 4, as: UInt8.self)
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(start: start + 5, count: $0.count).copyMemory(from: $0)
            }
        case .regex(let pattern, let options):
            let middle = pattern.utf8.count
            pattern.writeName(to: start)
            start.storeBytes(of: 0, toByteOffset: middle, as: UInt8.self)
            options.writeName(to: start + middle + 1)
            start.storeBytes(of: 0, toByteOffset: middle + 1 + options.utf8.count, as: UInt8.self)
        case .dbPointer(let name, let id):
            name.writeBSON(to: start)
            id.writeBSON(to: start + name.bsonByteCount)
        case .javascriptWithScope(let code, let scope):
            start.storeBytes(of: UInt32(truncatingIfNeeded: bsonByteCount), as: UInt32.self)
            code.writeBSON(to: start + 4)
            scope.writeBSON(to: start + 4 + code.bsonByteCount)
        }
    }

    private static func arrayByteCount(_ values: [Value]) -> Int {
        var count = 5
        for (index, value) in values.enumerated() { count += 2 + decimalDigits(in: index) + value.bsonByteCount }
        return count
    }

    private static func writeArray(_ values: [Value], to start: UnsafeMutableRawPointer) {
        var position = start + 4
        for (index, value) in values.enumerated() {
            position.storeBytes(of: value.bsonType.rawValue, as: UInt8.self)
            let digits = decimalDigits(in: index)
            writeDecimal(index, digits: digits, to: position + 1)
            position.storeBytes(of: 0, toByteOffset: 1 + digits, as: UInt8.self)
            position += 2 + digits
            value.writeBSON(to: position)
            position += value.bsonByteCount
        }
        position.storeBytes(of: 0, as: UInt8.self)
        start.storeBytes(of: UInt32(truncatingIfNeeded: position - start + 1), as: UInt32.self)
    }
}

/// How many decimal digits an array index has as a name.
@inlinable func decimalDigits(in index: Int) -> Int {
    var digits = 1
    var rest = index / 10
    while rest > 0 {
        digits += 1
        rest /= 10
    }
    return digits
}

@inlinable func writeDecimal(_ index: Int, digits: Int, to start: UnsafeMutableRawPointer) {
    var rest = index
    var position = digits
    while position > 0 {
        position -= 1
        start.storeBytes(of: UInt8(truncatingIfNeeded: rest % 10 + 0x30), toByteOffset: position, as: UInt8.self)
        rest /= 10
    }
}
