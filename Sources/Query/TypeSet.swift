internal import BSON

/// Some of the types of values, as `$type` and `$jsonSchema` name them.
struct TypeSet: Sendable, Hashable {
    private var bits: UInt64 = 0

    static let numbers = TypeSet([.double, .int32, .int64, .decimal128])

    init(_ types: [BSONType] = []) { for type in types { insert(type) } }

    mutating func insert(_ type: BSONType) { bits |= Self.bit(type.rawValue) }
    mutating func formUnion(_ other: TypeSet) { bits |= other.bits }
    func contains(_ tag: UInt8) -> Bool { bits & Self.bit(tag) != 0 }

    /// The types that are in it.
    var members: [BSONType] { Self.names.map(\.type).filter { contains($0.rawValue) } }

    /// The two tags at the ends of the order have places of their own.
    private static func bit(_ tag: UInt8) -> UInt64 {
        switch tag {
        case 0xFF: 1 << 62
        case 0x7F: 1 << 63
        default: 1 << UInt64(tag & 31)
        }
    }

    private static let names: [(name: String, type: BSONType)] = [
        ("double", .double), ("string", .string), ("object", .document), ("array", .array), ("binData", .binary),
        ("undefined", .undefined), ("objectId", .objectID), ("bool", .bool), ("date", .dateTime), ("null", .null),
        ("regex", .regex), ("dbPointer", .dbPointer), ("javascript", .javascript), ("symbol", .symbol),
        ("javascriptWithScope", .javascriptWithScope), ("int", .int32), ("timestamp", .timestamp), ("long", .int64),
        ("decimal", .decimal128), ("minKey", .minKey), ("maxKey", .maxKey),
    ]

    /// Of a name such as `objectId`, or `number` for all that are numbers.
    init?(named name: String) {
        if name == "number" {
            self = .numbers
            return
        }
        guard let found = Self.names.first(where: { $0.name == name }) else { return nil }
        self.init([found.type])
    }

    /// Of a type's number in BSON; -1 is MinKey.
    init?(number: Int64) {
        guard let tag = number == -1 ? 0xFF : UInt8(exactly: number), number != 0xFF,
            let type = BSONType(rawValue: tag)
        else { return nil }
        self.init([type])
    }
}
