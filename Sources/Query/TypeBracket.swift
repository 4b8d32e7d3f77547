internal import BSON

/// The types that compare with one another: MongoDB's `$gt` and its kin look no further than the operand's.
enum TypeBracket {
    /// Equal for two types that compare with one another.
    static func rank(_ tag: UInt8) -> UInt8 {
        switch tag {
        case 0xFF: 1
        case 0x06: 2
        case 0x0A: 5
        case 0x10, 0x12, 0x01, 0x13: 10
        case 0x02, 0x0E: 15
        case 0x03: 20
        case 0x04: 25
        case 0x05: 30
        case 0x07: 35
        case 0x08: 40
        case 0x09: 45
        case 0x11: 47
        case 0x0B: 50
        case 0x0C: 55
        case 0x0D: 60
        case 0x0F: 65
        case 0x7F: 127
        default: 2
        }
    }

    /// The first byte of the smallest encoded value of each bracket, in order.
    private static let leads: [(rank: UInt8, lead: UInt8, smallest: Value)] = {
        let smallest: [Value] = [
            .minKey, .undefined, .null, .double(.nan), .string(""), .document([:]), .array([]), .binary(0, []),
            .objectID(ObjectID(seconds: 0, rest: 0)), .bool(false), .dateTime(DateTime(milliseconds: .min)),
            .timestamp(0), .regex("", ""), .dbPointer("", ObjectID(seconds: 0, rest: 0)), .javascript(""),
            .javascriptWithScope("", [:]), .maxKey,
        ]
        return smallest.map { value in
            var key: [UInt8] = []
            KeyEncoder.encode(value, into: &key)
            return (rank(value.withRaw { $0.tag }), key[0], value)
        }
    }()

    /// The encoded values of the bracket as a range in the order of the index: the lower bound included, the upper not.
    static func range(of tag: UInt8, descending: Bool) -> (lower: [UInt8], upper: [UInt8]) {
        let rank = rank(tag)
        let first = leads.first { $0.rank == rank }?.lead ?? 0
        // The greatest bracket has the one value of its lead.
        let next = leads.first { $0.rank > rank }?.lead ?? first + 1
        return descending ? ([~next &+ 1], [~first &+ 1]) : ([first], [next])
    }

    /// The smallest value of the bracket that begins with this byte.
    static func smallest(_ lead: UInt8) -> Value? { leads.first { $0.lead == lead }?.smallest }
}
