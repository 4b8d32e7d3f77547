internal import BSON

/// What an expression gave. It is as short-lived as the documents it was computed from.
enum Evaluated {
    case missing
    /// In the document's or the expression's own memory.
    case raw(RawValue)
    case owned(Value)
    /// An array whose elements stay where they are.
    case list([Evaluated])

    static var null: Evaluated { .owned(.null) }

    /// Lends the value; `nil` where missing.
    func withRaw<R, E>(_ body: (RawValue?) throws(E) -> R) throws(E) -> R {
        switch self {
        case .missing: return try body(nil)
        case .raw(let value): return try body(value)
        case .owned(.int32(let number)): return try Self.lend(number, .int32, body)
        case .owned(.int64(let number)): return try Self.lend(number, .int64, body)
        case .owned(.double(let number)): return try Self.lend(number, .double, body)
        case .owned(.dateTime(let time)): return try Self.lend(time, .dateTime, body)
        case .owned(.bool(let flag)): return try Self.lend(flag, .bool, body)
        case .owned(.document(let document)):
            return try document.withRaw { (raw) throws(E) -> R in try body(RawValue(raw)) }
        case .owned(let value): return try value.withRaw { (raw) throws(E) -> R in try body(raw) }
        case .list:
            return try packed.withRaw { (raw) throws(E) -> R in try body(RawValue(type: .array, base: raw.base)) }
        }
    }

    private static func lend<T: BitwiseCopyable, R, E>(
        _ scalar: T, _ type: BSONType, _ body: (RawValue?) throws(E) -> R
    ) throws(E) -> R {
        try withUnsafeBytes(of: scalar) { (bytes) throws(E) -> R in
            // A scalar has at least one byte, so there is an address.
            try body(RawValue(type: type, base: bytes.baseAddress.unsafelyUnwrapped))
        }
    }

    /// A list as bytes with the layout of an array.
    private var packed: Document {
        guard case .list(let members) = self else { return Document() }
        var writer = DocumentWriter(reserving: 16 * members.count + 16)
        for (place, member) in members.enumerated() { writer.append(String(place), member.orNull) }
        return writer.finishDocument()
    }

    /// A copy that outlives what it came from; `nil` where missing.
    var value: Value? {
        switch self {
        case .missing: nil
        case .raw(let value): value.owned()
        case .owned(let value): value
        case .list(let members): .array(members.map { $0.value ?? .null })
        }
    }

    /// How long it is in BSON, or something above `most` where it is longer than that: lists may hold a list many times.
    func byteCount(atMost most: Int) -> Int {
        switch self {
        case .missing: return 0
        case .raw(let value): return value.byteCount
        case .owned(let value): return value.bsonByteCount
        case .list(let members):
            var count = 5
            for member in members where count <= most { count += 4 + member.byteCount(atMost: most - count) }
            return count
        }
    }

    /// The same, in memory of its own.
    var kept: Evaluated {
        switch self {
        case .missing, .owned: self
        case .raw(let value): .owned(value.owned())
        case .list(let members): .list(members.map { $0.kept })
        }
    }

    /// What stands in an array in a missing value's place.
    var orNull: Evaluated { if case .missing = self { .null } else { self } }

    /// `nil` where missing.
    var type: BSONType? {
        switch self {
        case .missing: nil
        case .raw(let value): value.type
        case .owned(let value): value.bsonType
        case .list: .array
        }
    }

    /// Missing, null or undefined.
    var isNullish: Bool { type == nil || type == .null || type == .undefined }

    /// As conditions see it: false are `false`, 0, null and what is missing.
    var isTrue: Bool {
        withRaw { value in
            guard let value else { return false }
            switch value.type {
            case .bool: return value.bool ?? false
            case .null, .undefined: return false
            case .int32, .int64, .double, .decimal128:
                return Self.zero.withRaw { Order.compare(value, $0) } != 0
            default: return true
            }
        }
    }

    private static let zero = Value.int32(0)

    /// Less than, equal to or greater than 0. What is missing comes before null.
    static func compare(_ left: Evaluated, _ right: Evaluated) -> Int {
        left.withRaw { left in right.withRaw { right in Order.compare(left ?? undefined, right ?? undefined) } }
    }

    /// It has no bytes, so any address does.
    private static var undefined: RawValue {
        RawValue(type: .undefined, base: UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped)
    }
}

extension Evaluated {
    /// The elements of an array.
    var elements: [Evaluated]? {
        switch self {
        case .list(let members): return members
        case .owned(.array(let values)): return values.map { .owned($0) }
        case .raw(let value):
            guard let array = value.array else { return nil }
            var members: [Evaluated] = []
            var elements = array.elements
            while let element = elements.next() { members.append(.raw(element.value)) }
            return members
        default: return nil
        }
    }

    /// The members of a document.
    var members: [(name: String, value: Evaluated)]? {
        switch self {
        case .raw(let value):
            guard value.type == .document else { return nil }
            return RawDocument(value.base).elements.map { (String(decoding: $0.name, as: UTF8.self), .raw($0.value)) }
        case .owned(.document(let document)): return document.pairs.map { ($0.name, .owned($0.value)) }
        default: return nil
        }
    }

    var string: String? {
        switch self {
        case .raw(let value): value.string
        case .owned(.string(let text)): text
        default: nil
        }
    }

    /// A whole number of any type.
    var int64: Int64? { withRaw { $0?.int64 } }

    var isArray: Bool { type == .array }
}

extension DocumentWriter {
    /// What is missing is not written.
    mutating func append(_ name: String, _ evaluated: Evaluated) {
        switch evaluated {
        case .missing: return
        case .raw(let value): append(name, value)
        case .owned(let value): append(name, value)
        case .list(let members):
            beginArray(name)
            for member in members { appendElement(member) }
            end()
        }
    }

    /// What is missing becomes null.
    mutating func appendElement(_ evaluated: Evaluated) {
        switch evaluated {
        case .missing: appendElementNull()
        case .raw(let value): appendElement(value)
        case .owned(let value): appendElement(value)
        case .list(let members):
            beginArrayElement()
            for member in members { appendElement(member) }
            end()
        }
    }
}
